import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { truncatedKey } from '../consumer-keys/consumer-key';
import { pairProver, type PairProof } from '../key-authentication/prove-pair';
import { print, table, type StoreContext } from './store-command';

interface Checked {
  readonly line: number;
  readonly keyEnding: string;
  readonly result: Result;
  readonly keyId: number | null;
  readonly permissions: string | null;
  readonly owner: string | null;
}

const RESULTS = {
  works: 'works',
  rests: 'no access: its owner may not manage the store',
  'cannot sign': 'works, but not for OAuth 1.0a: its encrypted secret is damaged',
  'wrong secret': 'wrong secret',
  'unknown key': 'unknown key',
  'no pair': 'not a pair: write ck_… cs_…',
} as const;
type Result = keyof typeof RESULTS;

const HEAD = ['LINE', 'KEY', 'RESULT', 'ID', 'PERMISSIONS', 'OWNER'];

/**
 * Checks pairs as an API call would, and prints what each opens. Nothing counts as a use or as a
 * failed attempt. The exit code is 1 if a pair does not work.
 */
export async function verifyPairs(
  context: StoreContext,
  options: { pairs: string; json?: boolean },
): Promise<void> {
  const { database, secretSealing, users } = context;
  const prove = pairProver({
    database,
    sealing: secretSealing,
    now: Date.now,
    reportFailure: () => undefined,
  });
  const all: Checked[] = [];
  for await (const { line, text } of linesOf(options.pairs)) {
    const [, consumerKey, consumerSecret] = PAIR.exec(text) ?? [];
    if (consumerKey === undefined || consumerSecret === undefined) {
      all.push({ line, keyEnding: '', result: 'no pair', keyId: null, permissions: null, owner: null });
      continue;
    }
    const proof = await prove(consumerKey, consumerSecret);
    // What a wrong secret would open is not for the person who has it.
    const key = proof.outcome === 'proven' ? proof.key : undefined;
    all.push({
      line,
      keyEnding: truncatedKey(consumerKey),
      result: resultOf(proof),
      keyId: key?.keyId ?? null,
      permissions: key?.permissions ?? null,
      owner: (key && (await users.find(key.userId))?.login) ?? null,
    });
  }
  if (all.length === 0) throw new Error('There are no pairs to check. Write one per line: ck_… cs_…');
  const failed = all.filter(({ result }) => result !== 'works').length;
  print(
    options,
    all.map(({ line, keyEnding, result, keyId, permissions, owner }) => ({
      line,
      truncated_key: keyEnding,
      result,
      key_id: keyId,
      key_permissions: permissions,
      owner,
    })),
    table(HEAD, all.map(row)),
    '',
    failed === 0 ? `All ${all.length} pairs work.` : `${failed} of ${all.length} pairs do not work.`,
  );
  if (failed > 0) process.exitCode = 1;
}

/** Two words with a space, tab, comma, semicolon or colon in between, perhaps in quotes. */
const PAIR = /^\s*"?(ck_\w+)"?[\s,;:|]+"?(cs_\w+)"?\s*$/;

async function* linesOf(file: string): AsyncGenerator<{ line: number; text: string }> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  const failure = new Promise<never>((_resolve, reject) => {
    input.once('error', ({ code = '' }: NodeJS.ErrnoException) =>
      reject(new Error(`The file of --pairs cannot be read (${code}): ${file}`)),
    );
  });
  failure.catch(() => undefined);
  let line = 0;
  const lines = createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([lines.next(), failure]);
    if (next.done === true) return;
    line += 1;
    const text = next.value.replace(/^\ufeff/, '');
    if (text.trim() !== '' && !text.startsWith('#')) yield { line, text };
  }
}

function resultOf(proof: PairProof): Result {
  if (proof.outcome !== 'proven') return proof.outcome;
  if (!proof.ownerIsManager) return 'rests';
  return proof.canSign ? 'works' : 'cannot sign';
}

const row = ({ line, keyEnding, result, keyId, permissions, owner }: Checked): string[] => [
  String(line),
  `…${keyEnding}`,
  RESULTS[result],
  keyId === null ? '-' : String(keyId),
  permissions ?? '-',
  owner ?? '-',
];
