import { UNLIMITED } from '../../server/key-authentication/check-limits';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { keyAuthentication } from '../../server/key-authentication/verify';
import { RestError } from '../../server/errors/http-errors';

// Requests recorded from real clients (conformance/vectors/README.md), each with the result of protocol
// 3.2.

interface Vector {
  readonly mode: string;
  readonly op: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timestamp?: number | string;
  readonly expect: 'accept' | 'refuse' | 'unjudged';
  readonly error?: {
    readonly status: number | null;
    readonly code: string | null;
    readonly message: string | null;
  };
}
interface VectorFile {
  readonly client: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly vectors: readonly Vector[];
}

const folder = resolve(join(__dirname, '../..'), process.env.VECTORS_DIR ?? 'conformance/vectors');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe.each(files)('requests recorded in %s', (name) => {
  const file = JSON.parse(readFileSync(join(folder, name), 'utf8')) as VectorFile;
  test.each(
    file.vectors.map(
      (vector, index) =>
        [
          `${vector.mode} ${vector.op} ${vector.method} ${vector.url.split(':', 1)[0] ?? ''} (${index})`,
          vector,
        ] as const,
    ),
  )('are answered as protocol 3.2 describes: %s', async (_, vector) => {
    const result = await play(file, vector);
    if (result !== 'accepted' && !(result instanceof RestError)) throw result;
    if (vector.expect === 'unjudged') return;
    if (vector.expect === 'accept') {
      expect(result).toBe('accepted');
      return;
    }
    expect(result).toBeInstanceOf(RestError);
    for (const field of ['status', 'code', 'message'] as const) {
      const wanted = vector.error?.[field] ?? null;
      if (wanted !== null) expect((result as RestError)[field]).toBe(wanted);
    }
  });
});

const KEY = {
  keyId: 1,
  userId: 1,
  permissions: 'read_write',
  ownerIsManager: true,
  appUserId: null,
  limits: UNLIMITED,
} as const;

async function play(file: VectorFile, vector: Vector): Promise<unknown> {
  const [, scheme, host, target] = /^(https?):\/\/([^/]+)(.*)$/.exec(vector.url) ?? [];
  const findSigner = (wanted: string, proves: (consumerSecret: string) => boolean) =>
    wanted === file.consumerKey
      ? { key: KEY, proven: proves(file.consumerSecret) }
      : { key: undefined, proven: false };
  const { verify } = keyAuthentication({
    finder: {
      findPair: (wanted, consumerSecret) => findSigner(wanted, (secret) => secret === consumerSecret),
      findSigner,
    },
    spendNonce: () => true,
    note: { use: () => undefined, outcome: () => undefined },
    expired: { seenAt: () => -Infinity, note: () => undefined },
    // The vectors name the host they were sent to, so the Host of each request decides.
    storeUrl: { origin: 'https://shop.example', basePath: '' },
    now: () => Number(vector.timestamp ?? 0) * 1000,
    oauthDebug: true,
  });
  const contentType = vector.headers['content-type'];
  const isForm = contentType?.startsWith('application/x-www-form-urlencoded') ?? false;
  try {
    await verify({
      method: vector.method,
      target: Buffer.from(target ?? '/').toString('latin1'),
      host: vector.headers.host ?? host,
      secure: scheme === 'https',
      address: '192.0.2.1',
      authorization: vector.headers.authorization,
      contentType,
      methodOverride: vector.headers['x-http-method-override'],
      formBody: isForm ? Buffer.from(vector.body ?? '').toString('latin1') : undefined,
    });
    return 'accepted';
  } catch (error) {
    return error;
  }
}
