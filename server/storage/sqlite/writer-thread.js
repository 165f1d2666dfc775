// @ts-check
// In JavaScript, since Node starts a thread from a file as it stands, whatever compiles the rest.
const { parentPort, workerData } = require('node:worker_threads');
const Sqlite = require('better-sqlite3');

/**
 * The thread that writes, with its own connection. It waits for the disk and for SQLite's write
 * lock, so that the event loop of the server does not. Each message is one transaction. Answers
 * come in the order of the messages.
 *
 * @typedef {import('./writer').Write} Write
 * @typedef {import('./writer').Message} Message
 * @typedef {import('./writer').Answer} Answer
 * @typedef {import('./writer').ThreadOptions} ThreadOptions
 */

/** @type {ThreadOptions} */
const { file, pragmas, retryEveryMs, giveUpAfterMs } = workerData;

// A file that was moved away is not created again.
const connection = new Sqlite(file, { fileMustExist: true });
for (const pragma of pragmas) connection.pragma(pragma);

/** @type {Map<string, import('better-sqlite3').Statement>} */
const statements = new Map();

/** @param {string} sql */
function prepared(sql) {
  let statement = statements.get(sql);
  if (!statement) statements.set(sql, (statement = connection.prepare(sql)));
  return statement;
}

/** @param {Write} write */
function perform({ sql, rows }) {
  const statement = prepared(sql);
  return rows.map((values) => {
    try {
      return statement.run(...values).changes;
    } catch (error) {
      // A row that breaks a rule fails alone. A failing disk fails the whole transaction.
      if (codeOf(error).startsWith('SQLITE_CONSTRAINT')) return codeOf(error);
      throw error;
    }
  });
}

const performAll = connection.transaction((/** @type {readonly Write[]} */ writes) =>
  writes.flatMap(perform),
);

const still = new Int32Array(new SharedArrayBuffer(4));

// SQLite's own waiting would look again less and less often.
/** @param {Message} message */
function performWhenFree({ writes, askedAt }) {
  for (;;) {
    try {
      return performAll.immediate(writes);
    } catch (error) {
      if (!codeOf(error).startsWith('SQLITE_BUSY') || Date.now() > askedAt + giveUpAfterMs) throw error;
      Atomics.wait(still, 0, 0, retryEveryMs);
    }
  }
}

/** @param {unknown} error */
const codeOf = (error) => String(/** @type {{ code?: unknown }} */ (error).code);

parentPort?.on('message', (/** @type {Message | 'close'} */ message) => {
  if (message === 'close') {
    connection.close();
    parentPort?.close();
    return;
  }
  /** @type {Answer} */
  let answer;
  try {
    answer = performWhenFree(message);
  } catch (error) {
    answer = codeOf(error);
  }
  parentPort?.postMessage(answer);
});
