import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processStore, type ProcessStore } from '../store/process-store';
import type { Ended } from '../store/server-process';
import { dumpOf, type MadeStore } from './wordpress-dump';

/** What `wc-auth import --json` prints. */
export interface ShownReport {
  readonly dry_run: boolean;
  readonly source: Readonly<Record<'name' | 'place' | 'prefix' | 'time_zone', string>>;
  readonly keys: Readonly<Record<string, number>>;
  readonly users: Readonly<Record<string, number>>;
  readonly apps: readonly {
    owner: string;
    app: string | null;
    keys: number;
    without_access: number;
    last_use: string | null;
  }[];
  readonly problems: readonly {
    kind: string;
    about: string;
    key_id: number | null;
    message: string;
    fix: string;
  }[];
}

export interface ImportScene {
  readonly store: ProcessStore;
  /** Writes a dump of a made-up store and returns its path. */
  dump(made: MadeStore, name?: string): string;
  /** Runs `wc-auth import --json --from FILE ARGS`, which has to succeed. */
  import(file: string, ...args: string[]): Promise<ShownReport>;
  /** Runs an import that has to fail, and returns what it says. */
  failing(file: string, ...args: string[]): Promise<string>;
  clear(): Promise<void>;
}

export async function importScene(): Promise<ImportScene> {
  const store = await processStore();
  const run = (file: string, args: readonly string[]): Promise<Ended> =>
    store.command(['import', '--from', file, '--json', ...args]);
  return {
    store,
    dump(made, name = 'dump.sql') {
      const file = join(store.folder, name);
      writeFileSync(file, [...dumpOf(made)].join(''));
      return file;
    },
    async import(file, ...args) {
      const { code, stdout, stderr } = await run(file, args);
      if (code !== 0) throw new Error(`The import failed: ${stderr}`);
      return JSON.parse(stdout) as ShownReport;
    },
    async failing(file, ...args) {
      const { code, stdout, stderr } = await run(file, args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      return stderr;
    },
    clear: () => store.clear(),
  };
}

/** Returns the hash under which a consumer key is looked up. */
export const hashOf = (consumerKey: string): string =>
  createHmac('sha256', 'wc-api').update(consumerKey).digest('hex');
