/** The beginning of what follows, and all of it. */
export interface Peeked {
  readonly head: Buffer;
  readonly all: AsyncIterable<Buffer>;
}

const ENOUGH = 64 * 1024;

/** Returns the first 64 KiB of some chunks, or all if there are fewer, without using them up. */
export async function peek(chunks: AsyncIterable<Buffer>): Promise<Peeked> {
  const iterator = chunks[Symbol.asyncIterator]();
  const seen: Buffer[] = [];
  let length = 0;
  while (length < ENOUGH) {
    const next = await iterator.next();
    if (next.done) break;
    seen.push(next.value);
    length += next.value.length;
  }
  const head = Buffer.concat(seen);
  return { head, all: both(head, iterator) };
}

async function* both(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
