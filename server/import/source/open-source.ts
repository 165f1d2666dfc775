import { fileSource } from './file-source';
import { liveDatabase } from './live-database';
import { ImportError, type Source } from './source';

export interface SourceOptions {
  /** The path of a file, or `mysql://USER@HOST/DATABASE`. */
  readonly from: string;
  /** Returns the password of a live database. `undefined`: it needs none. */
  readonly password?: () => Promise<string | undefined>;
  /** The name of the table in a CSV file, with its prefix. */
  readonly keysTable?: string | undefined;
}

/**
 * Returns the source that a person named. Nothing is opened before it is read.
 *
 * @throws ImportError if it does not name a source.
 */
export function openSource({ from, password, keysTable }: SourceOptions): Source {
  const [, scheme] = /^([a-z][a-z\d+.-]*):\/\//i.exec(from) ?? [];
  if (scheme === undefined) return fileSource(from, keysTable);
  if (/^(?:mysql|mariadb)$/i.test(scheme)) return liveDatabase(from, { password });
  throw new ImportError(
    `--from must be a file or mysql://USER@HOST/DATABASE. A URL that begins with ${scheme}:// cannot be imported.`,
  );
}
