const USUAL_SIZE = 64 * 1024;

/** Returns a place to put a token together whose bytes do not stand next to each other. */
export function byteScratch() {
  let memory = Buffer.allocUnsafe(USUAL_SIZE);
  let length = 0;

  function reserve(more: number): void {
    if (length + more <= memory.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * memory.length, length + more));
    memory.copy(larger, 0, 0, length);
    memory = larger;
  }

  return {
    add(bytes: Buffer, start: number, end: number): void {
      reserve(end - start);
      bytes.copy(memory, length, start, end);
      length += end - start;
    },
    push(byte: number): void {
      reserve(1);
      memory[length++] = byte;
    },
    length: (): number => length,
    /** Returns the bytes, which are valid until the next ones are added, and begins anew. */
    take(): Buffer {
      const bytes = memory.subarray(0, length);
      length = 0;
      // One large value must not hold its memory until the end.
      if (memory.length > 16 * USUAL_SIZE) memory = Buffer.allocUnsafe(USUAL_SIZE);
      return bytes;
    },
  };
}
