import { NEWLINE } from './dump-bytes';

export type DumpInput = ReturnType<typeof dumpInput>;

/** The bytes in hand: of the last chunk, and the few before it that could not be understood alone. */
export function dumpInput() {
  let line = 1;
  let countedTo = 0;

  const input = {
    buffer: Buffer.alloc(0) as Buffer,
    /** Up to here, the bytes were read. */
    offset: 0,
    /** No further chunk follows. */
    isLast: false,
    hasRoom: (length: number): boolean => input.isLast || input.offset + length <= input.buffer.length,
    /** Returns the number of the line that was reached, from 1. */
    line(): number {
      const { buffer, offset } = input;
      let at = buffer.indexOf(NEWLINE, countedTo);
      for (; at !== -1 && at < offset; at = buffer.indexOf(NEWLINE, at + 1)) line++;
      countedTo = offset;
      return line;
    },
    add(chunk: Buffer): void {
      input.line();
      const { buffer, offset } = input;
      input.buffer = offset < buffer.length ? Buffer.concat([buffer.subarray(offset), chunk]) : chunk;
      input.offset = countedTo = 0;
    },
  };
  return input;
}
