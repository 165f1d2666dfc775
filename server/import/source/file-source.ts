import { openFile } from './file-bytes';
import { KEYS_TABLE } from './known-columns';
import { readCsv } from './read-csv';
import { readDump } from './read-dump';
import { readJson } from './read-json';
import { ImportError, type ReadOptions, type Source, type SourceContents } from './source';

/** Returns a file as a source: an SQL dump, or JSON or CSV of phpMyAdmin, compressed or not. */
export function fileSource(path: string, keysTable = KEYS_TABLE): Source {
  async function read(options: ReadOptions): Promise<SourceContents> {
    const { content, head, chunks } = await openFile(path, options);
    if (content === 'sql') return readDump(chunks, options);
    if (content === 'json') return readJson(chunks, options);
    return readCsv(chunks, { ...options, head, table: keysTable });
  }

  return {
    place: path,
    read: (options) =>
      read(options).catch((error: unknown) => {
        throw error instanceof ImportError ? new ImportError(`${path}: ${error.message}`) : error;
      }),
  };
}
