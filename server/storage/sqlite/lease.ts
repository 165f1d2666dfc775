import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { Lease } from '../lease';
import { makeFileBeside, makeFolderBeside } from '../private-files';

// The lock file that a process holds while it creates, releases or removes leases. Without it, a
// lease file that was just created and is not locked yet would look dead. The name must not change:
// another version may run on the same database.
const GATE = 'door';
const GATE_TIMEOUT_MS = 10_000;

/** A lease that is released when the process ends normally. */
export interface FileLease extends Lease {
  release(): void;
}

/**
 * Holds each lease as a file in `folder`, locked exclusively by SQLite (which works on every
 * system), from the moment the `database` is opened.
 */
export function openLease(folder: string, database: string): FileLease {
  makeFolderBeside(database, folder);
  const id = randomUUID();
  const held = withGate(() => {
    const lease = lockNew(id);
    if (!lease) throw new Error(`The lease ${id} is held by another process.`);
    for (const other of leasesIn(folder)) if (other !== id && isGone(other)) remove(other);
    return lease;
  });

  function lockNew(name: string, timeout?: number): Sqlite.Database | undefined {
    const file = join(folder, name);
    makeFileBeside(database, file);
    return lock(file, timeout);
  }
  function isGone(other: string): boolean {
    if (other === id) return false;
    const file = join(folder, other);
    try {
      const taken = lock(file);
      taken?.close();
      return taken !== undefined;
    } catch (error) {
      // The lease was released or removed, before or during this check.
      if (!existsSync(file)) return true;
      throw error;
    }
  }
  function remove(other: string): void {
    for (const file of [other, `${other}-journal`]) rmSync(join(folder, file), { force: true });
  }
  function withGate<T>(work: () => T): T {
    const gate = lockNew(GATE, GATE_TIMEOUT_MS);
    if (!gate) throw new Error(`Another process does not release ${join(folder, GATE)}.`);
    try {
      return work();
    } finally {
      gate.close();
    }
  }
  return {
    id,
    take: () => Promise.resolve(),
    isGone: (other) => Promise.resolve(isGone(other)),
    holder: (other) => Promise.resolve(processThatLocks(join(folder, other))),
    async alone(name, work) {
      // The name starts like the gate's, so that the file is not taken for a lease.
      const file = `${GATE}-${name}`;
      const taken = withGate(() => lockNew(file));
      if (!taken) return undefined;
      try {
        return await work();
      } finally {
        withGate(() => {
          taken.close();
          remove(file);
        });
      }
    },
    release() {
      withGate(() => {
        held.close();
        remove(id);
      });
    },
  };
}

/**
 * Returns the process that locks a file, as Linux lists it in /proc/locks:
 * `1: POSIX  ADVISORY  WRITE 4711 fe:01:123456 1073741824 1073742335`. SQLite locks with fcntl.
 */
function processThatLocks(file: string): string | undefined {
  try {
    const { ino } = statSync(file);
    const lines = readFileSync('/proc/locks', 'utf8').split('\n');
    const held = lines.map((line) => / (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line));
    const pid = held.find((found) => found?.[2] === String(ino) && found[1] !== '0')?.[1];
    return pid === undefined ? undefined : `process ${pid}`;
  } catch {
    // Another system, or the lease has just ended.
    return undefined;
  }
}

function leasesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => !name.startsWith(GATE) && !name.endsWith('-journal'));
}

function lock(file: string, timeout = 0): Sqlite.Database | undefined {
  const connection = new Sqlite(file, { timeout, fileMustExist: true });
  try {
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    connection.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
}
