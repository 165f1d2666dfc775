import { inShell } from '../storage/in-shell';
import type { ImportStore } from './import-store';
import { ImportError } from './source/source';

export interface SourceFacts {
  /** With `--source`. */
  readonly named: string | undefined;
  readonly url: string | undefined;
  readonly databaseName: string | undefined;
  readonly prefix: string;
  /** Hashes of some keys. */
  readonly hashes: readonly string[];
  readonly sources: Pick<ImportStore, 'sourceId' | 'sourcesOf'>;
}

/**
 * Returns the name by which a source is recognized at the next import: the address of the store, or
 * else the names of the database and its tables.
 *
 * @throws ImportError if its keys came from a source with another name, because they would never be
 * changed or revoked under this one.
 */
export async function sourceNameOf(facts: SourceFacts): Promise<string> {
  const { named, url, databaseName, prefix, hashes, sources } = facts;
  if (named !== undefined) return named;
  const name = url === undefined ? [databaseName, prefix].filter(Boolean).join('/') : addressOf(url);
  if (name !== '' && (await sources.sourceId(name)) !== undefined) return name;
  const [known, ...others] = await sources.sourcesOf(hashes);
  // A file that names nothing, such as a CSV. Its keys tell which store it is.
  if (name === '' && known !== undefined && others.length === 0) return known;
  if (known !== undefined)
    throw new ImportError(
      `Keys of this source were imported before, from ${JSON.stringify(known)}. If it is the same store, add --source ${inShell(known)}. Otherwise, add --source with another name.`,
    );
  if (name === '')
    throw new ImportError(
      'The source does not say which store it is from. Add --source NAME, with the same name at each import.',
    );
  return name;
}

/** Returns the host and path of a store. It stays the same store with another protocol. */
const addressOf = (url: string): string => url.replace(/^https?:\/\//i, '').replace(/\/+$/, '');
