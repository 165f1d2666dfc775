import pino from 'pino';
import { collectedWrites } from '../../server/key-authentication/collected-writes';

/** A database whose writes end when the test says so. */
function scene() {
  const pending: { readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
  const written: unknown[] = [];
  const writes = collectedWrites<string>({
    write: async (rows) => {
      await new Promise<void>((end, fail) => pending.push({ end, fail }));
      written.push(...rows);
    },
    rowOf: (keyId, value) => [keyId, value],
    log: pino({ enabled: false }),
    failure: 'not written',
  });
  /** Waits until the next write has begun. */
  const begun = async () => {
    for (;;) {
      const next = pending.shift();
      if (next) return next;
      await new Promise(setImmediate);
    }
  };
  return { writes, written, begun };
}

test('a write that fails while the next one waits loses no value', async () => {
  const { writes, written, begun } = scene();
  writes.note(1, 'first');
  const flushed = writes.flush();
  const failing = await begun();
  writes.note(2, 'second');
  const flushedToo = writes.flush();
  expect([1, 2].map((keyId) => writes.unwritten(keyId))).toEqual(['first', 'second']);
  failing.fail(new Error('The database is busy.'));
  (await begun()).end();
  await Promise.all([flushed, flushedToo]);
  expect(written).toEqual([
    [1, 'first'],
    [2, 'second'],
  ]);
  expect(writes.unwritten(1)).toBeUndefined();
});

test('a value that was noted during a write that failed replaces the older one', async () => {
  const { writes, written, begun } = scene();
  writes.note(1, 'older');
  void writes.flush();
  const failing = await begun();
  writes.note(1, 'newer');
  failing.fail(new Error('The database is busy.'));
  const flushed = writes.flush();
  (await begun()).end();
  await flushed;
  expect(written).toEqual([[1, 'newer']]);
});
