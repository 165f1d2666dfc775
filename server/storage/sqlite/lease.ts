import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { Lease } from '../lease';
import { makeFileBeside, makeFolderBeside } from '../private-files';

// Held by whoever makes, gives back or clears away leases: a file just made and not yet locked looks dead.
const DOOR = 'door';
const DOOR_TIMEOUT_MS = 10_000;

/** A lease that is given back when the process ends well. */
export interface FileLease extends Lease {
  release(): void;
}

/**
 * Each lease is a file of its own in `folder`, held by SQLite's exclusive lock (which every system has), from the opening
 * of the `database` on.
 */
export function openLease(folder: string, database: string): FileLease {
  makeFolderBeside(database, folder);
  const id = randomUUID();
  const held = behindTheDoor(() => {
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
      // Given back or cleared away, before the look or during it.
      if (!existsSync(file)) return true;
      throw error;
    }
  }
  function remove(other: string): void {
    for (const file of [other, `${other}-journal`]) rmSync(join(folder, file), { force: true });
  }
  function behindTheDoor<T>(work: () => T): T {
    const door = lockNew(DOOR, DOOR_TIMEOUT_MS);
    if (!door) throw new Error(`Another process does not give back ${join(folder, DOOR)}.`);
    try {
      return work();
    } finally {
      door.close();
    }
  }
  return {
    id,
    take: () => Promise.resolve(),
    isGone: (other) => Promise.resolve(isGone(other)),
    async alone(name, work) {
      // Called like the door, so that nobody takes it for a lease.
      const file = `${DOOR}-${name}`;
      const taken = behindTheDoor(() => lockNew(file));
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
