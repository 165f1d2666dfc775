import { createReadStream } from 'node:fs';
import { readDump } from './read-dump';
import type { Source } from './source';

export interface SourceOptions {
  /** A file, or `mysql://USER@HOST/DATABASE`. */
  readonly from: string;
  readonly password?: () => Promise<string | undefined>;
}

/**
 * Returns the source that a person named.
 *
 * @throws ImportError if it does not name a source.
 */
export function openSource({ from }: SourceOptions): Source {
  return {
    place: from,
    read: (options) =>
      readDump(createReadStream(from, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>, options),
  };
}
