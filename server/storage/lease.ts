import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';

/**
 * A process's claim to be alive, so that a starting one can tell the leftovers of a dead process from the work of a
 * living one. The claim is a lock that the operating system drops the moment its holder dies, however it dies; a
 * process number could be another's by then, and a heartbeat would have to be waited for.
 */
export interface Lease {
  readonly id: string;
  /** Whether the process that held this lease is gone. */
  isGone(id: string): boolean;
  /** Does `work` while no other process does any under this name; `undefined`, with nothing done, when one does. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T | undefined>;
  release(): void;
}

// Held by whoever makes, gives back or clears away leases: a file just made and not yet locked looks dead.
const DOOR = 'door';
const DOOR_TIMEOUT_MS = 10_000;

/** Each lease is a file of its own in `folder`, held by SQLite's exclusive lock (which every system has). */
export function openLease(folder: string): Lease {
  mkdirSync(folder, { recursive: true });
  const id = randomUUID();
  const held = behindTheDoor(() => {
    const lease = lock(join(folder, id));
    if (!lease) throw new Error(`The lease ${id} is held by another process.`);
    for (const other of leasesIn(folder)) if (other !== id && isGone(other)) remove(other);
    return lease;
  });

  function isGone(other: string): boolean {
    if (other === id) return false;
    const file = join(folder, other);
    try {
      const taken = lock(file, { fileMustExist: true });
      taken?.close();
      return taken !== undefined;
    } catch (error) {
      // Given back or cleared away, before the look or during it.
      if (!existsSync(file)) return true;
      throw error;
    }
  }
  function remove(other: string): void {
    for (const file of [other, `${other}-journal`]) rmSync(join(folder, file), { force: true });
  }
  function behindTheDoor<T>(work: () => T): T {
    const door = lock(join(folder, DOOR), { timeout: DOOR_TIMEOUT_MS });
    if (!door) throw new Error(`Another process does not give back ${join(folder, DOOR)}.`);
    try {
      return work();
    } finally {
      door.close();
    }
  }
  return {
    id,
    isGone,
    async alone(name, work) {
      // Called like the door, so that nobody takes it for a lease.
      const file = `${DOOR}-${name}`;
      const taken = behindTheDoor(() => lock(join(folder, file)));
      if (!taken) return undefined;
      try {
        return await work();
      } finally {
        behindTheDoor(() => {
          taken.close();
          remove(file);
        });
      }
    },
    release() {
      behindTheDoor(() => {
        held.close();
        remove(id);
      });
    },
  };
}

function leasesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => !name.startsWith(DOOR) && !name.endsWith('-journal'));
}

function lock(file: string, options: Sqlite.Options = {}): Sqlite.Database | undefined {
  const connection = new Sqlite(file, { timeout: 0, ...options });
  try {
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    connection.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
}
