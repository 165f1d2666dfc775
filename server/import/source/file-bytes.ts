import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { fileContent, type FileContent } from './file-content';
import { peek } from './peek';
import { ImportError, type ReadOptions } from './source';

const CHUNK = 64 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file.',
  EACCES: 'The file may not be read. Change its permissions, or run the command as its owner.',
  EISDIR: 'This is a folder. Name the file in it that is the dump.',
};

/** The text of a file in UTF-8 (or in the character set of a dump), and its format. */
export interface FileText {
  readonly content: Extract<FileContent, 'sql' | 'json' | 'csv'>;
  readonly head: Buffer;
  readonly chunks: AsyncIterable<Buffer>;
}

/**
 * Opens a file, whatever it is packed or encoded with.
 *
 * @throws ImportError if it cannot be read or imported. The chunks throw it, too.
 */
export async function openFile(
  path: string,
  options: Pick<ReadOptions, 'progress' | 'signal'>,
): Promise<FileText> {
  const { size } = await checked(path);
  let chunks = fileChunks(path, size, options);
  const layers: FileContent[] = [];
  for (;;) {
    const { head, all } = await peek(chunks);
    const content = fileContent(head);
    // A file that unpacks to itself over and over could go on forever.
    if (layers.filter((layer) => layer === content).length > 1)
      throw new ImportError('The file is packed too often.');
    layers.push(content);
    if (content === 'gzip') chunks = gunzipped(all);
    else if (content === 'utf-8 mark') chunks = withoutStart(all, 3);
    else if (content === 'utf-16le' || content === 'utf-16be') chunks = fromUtf16(all, content);
    else return { content, head, chunks: all };
  }
}

async function checked(path: string): Promise<Stats> {
  const found = await stat(path).catch((error: unknown) => {
    throw readError(error);
  });
  if (found.isDirectory()) throw readError({ code: 'EISDIR' });
  return found;
}

function readError(error: unknown): ImportError {
  const { code = 'unknown error' } = error as { code?: string };
  return new ImportError(REASONS[code] ?? `The file cannot be read (${code}).`);
}

async function* fileChunks(
  path: string,
  size: number,
  { progress, signal }: Pick<ReadOptions, 'progress' | 'signal'>,
): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK });
  const total = size > 0 ? size : undefined;
  let done = 0;
  try {
    for await (const chunk of file as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      done += chunk.length;
      progress?.({ done, total, unit: 'bytes' });
      yield chunk;
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).syscall === undefined ? error : readError(error);
  }
}

async function* gunzipped(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK });
  const feeding = pipeline(Readable.from(chunks, { objectMode: false }), gunzip);
  // The loop below gets the same error.
  feeding.catch(() => undefined);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR')
      throw new ImportError('The file is cut off: its compressed data has no end. Copy or dump it again.');
    if (code?.startsWith('Z_'))
      throw new ImportError('The file is damaged: it cannot be decompressed. Copy or dump it again.');
    throw error;
  }
}

async function* withoutStart(chunks: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of chunks) {
    yield chunk.subarray(left);
    left = 0;
  }
}

/**
 * `ü` in UTF-8, as Windows shows it in code pages 437 and 850. Windows PowerShell decodes what a
 * program prints with one of them, and `>` writes the result.
 */
const DAMAGED = /[├┬][¡-ÿƒ⌐░▒▓│┤╡╢╖╕╣║╗╝╜╛┐]/;

async function* fromUtf16(chunks: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    const [found] = DAMAGED.exec(text) ?? [];
    if (found !== undefined)
      throw new ImportError(
        `PowerShell has damaged letters in this file (such as "${found}"). Dump again with --result-file=dump.sql instead of > dump.sql.`,
      );
    if (text !== '') yield Buffer.from(text);
  }
}
