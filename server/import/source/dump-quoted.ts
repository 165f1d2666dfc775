import { byteScratch } from './byte-scratch';
import { BACKSLASH, BACKTICK, KEEPS_BACKSLASH, unescaped } from './dump-bytes';
import type { DumpInput } from './dump-input';
import { ImportError } from './source';

const MEBIBYTE = 1024 * 1024;

/**
 * Reads what stands in quotation marks, from after the first mark.
 * @param longestText in bytes
 */
export function quotedReader(input: DumpInput, longestText: number) {
  const kept = byteScratch();

  function keep(start: number, end: number): void {
    if (kept.length() + end - start > longestText)
      throw new ImportError(
        `Line ${input.line()} has a text of more than ${longestText / MEBIBYTE} MiB. No text of WordPress is so long.`,
      );
    kept.add(input.buffer, start, end);
  }

  /**
   * Reads up to the last mark.
   *
   * @returns the bytes, `undefined` for a text that is omitted, or false if more bytes are needed.
   */
  return function read(mark: number, hasEscapes: boolean, isOmitted: boolean): Buffer | undefined | false {
    const { buffer, isLast } = input;
    const { length } = buffer;
    const escape = mark !== BACKTICK && hasEscapes ? BACKSLASH : -1;
    for (let start = input.offset; ; start = input.offset) {
      let at = start;
      while (at < length && buffer[at] !== mark && buffer[at] !== escape) at++;
      input.offset = at;
      const code = buffer[at];
      const next = buffer[at + 1];
      if (next === undefined && !(code === mark && isLast)) {
        if (!isOmitted) keep(start, at);
        return false;
      }
      if (code === mark && next !== mark) {
        input.offset++;
        return isOmitted ? undefined : finish(start, at);
      }
      input.offset += 2;
      if (isOmitted) continue;
      keep(start, at);
      if (code === mark) kept.push(mark);
      else {
        if (KEEPS_BACKSLASH[next ?? 0]) kept.push(BACKSLASH);
        kept.push(unescaped(next ?? 0));
      }
    }
  };

  /** A text without escapes is not copied if it is in one chunk. */
  function finish(start: number, end: number): Buffer {
    if (kept.length() === 0) return input.buffer.subarray(start, end);
    keep(start, end);
    return kept.take();
  }
}
