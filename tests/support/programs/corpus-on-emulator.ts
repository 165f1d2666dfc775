/**
 * Plays the conformance cases against stores of the test kit. Prints one JSON object: what each case
 * saw, and the warnings that it raised.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startStore, type Permissions, type Store } from '../../../emulator';
import { differingCases, expectedCases, FOLDER } from '../emulator/conformance-cases';
import { PLAYED_GROUPS, REST_GROUPS, type Played } from '../emulator/played-cases';
import { freePort } from '../http/free-port';

type Scheme = 'https' | 'http';
interface Case {
  readonly id: string;
  run(toolkit: Toolkit): Promise<unknown>;
}
interface Request {
  readonly url?: string;
  readonly base?: Scheme;
}
interface Toolkit {
  jars: Map<string, unknown>;
  readonly client: { send: (request: Request) => Promise<unknown>; close(): void };
  begin(id: string): void;
}
interface Callbacks {
  start(): Promise<void>;
  stop(): Promise<void>;
}
interface Certificate {
  readonly cert: string;
  readonly key: string;
}
interface Corpus {
  readonly Toolkit: new (target: object, hook: object, callbacks: object, upstream: object) => Toolkit;
  readonly CallbackServers: new (options: object) => Callbacks;
  readonly ensureCerts: (
    work: string,
  ) => { ca: string } & Record<'trusted' | 'untrusted' | 'wrongName', Certificate>;
}

const USERS = {
  admin: { username: 'admin', password: 'Admin-pass-1!', role: 'administrator' },
  manager: { username: 'manager', password: 'Manager-pass-1!', role: 'shop_manager' },
  shopper: { username: 'shopper', password: 'Shopper-pass-1!', role: 'customer' },
} as const;

/** A case sent a request of the scheme that its store does not have. */
class OtherScheme extends Error {}

const imported = (file: string) => import(pathToFileURL(join(FOLDER, file)).href) as Promise<object>;

async function casesOfCorpus(): Promise<Case[]> {
  const files = readdirSync(join(FOLDER, 'cases')).filter((file) => file.endsWith('.mjs'));
  const groups = await Promise.all(
    files.map(async (file) => {
      const { default: cases } = (await imported(`cases/${file}`)) as { default: Case[] };
      const group = file.replace(/^\d+-|\.mjs$/g, '');
      return cases.map((one) => ({ id: `${group}/${one.id}`, run: one.run.bind(one) }));
    }),
  );
  return groups.flat();
}

async function main(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'wc-auth-corpus-'));
  try {
    const files = ['toolkit', 'callback', 'certs'].map((name) => `lib/${name}.mjs`);
    const corpus = Object.assign({}, ...(await Promise.all(files.map(imported)))) as Corpus;
    const cases = await casesOfCorpus();
    const differing = new Set(differingCases());
    const expected = new Set(expectedCases());
    const chosen = cases.filter(
      ({ id }) => differing.has(id) || (PLAYED_GROUPS.test(id) && expected.has(id)),
    );
    const [lenient, strict] = await Promise.all([
      play(chosen, corpus, work, false),
      play(
        chosen.filter(({ id }) => REST_GROUPS.test(id)),
        corpus,
        work,
        true,
      ),
    ]);
    process.stdout.write(JSON.stringify({ lenient, strict }));
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Plays cases against two stores, one for each scheme. */
async function play(cases: readonly Case[], corpus: Corpus, work: string, strict: boolean) {
  const certificates = corpus.ensureCerts(work);
  const options = {
    strict,
    trust: readFileSync(certificates.ca, 'utf8'),
    users: Object.values(USERS).map(({ username, ...user }) => ({
      ...user,
      login: username,
      email: `${username}@store.test`,
    })),
  };
  const stores = {
    https: await startStore({ ...options, scheme: 'https' }),
    http: await startStore({ ...options, scheme: 'http' }),
  };
  const ca = join(work, `ca-${String(strict)}.pem`);
  writeFileSync(ca, stores.https.ca);
  const callback = {
    host: 'localhost',
    port: await freePort(),
    untrustedPort: await freePort(),
    wrongNamePort: await freePort(),
    plainPort: await freePort(),
    closedPort: 1,
    ...certificates,
  };
  const callbacks = new corpus.CallbackServers(callback);
  await callbacks.start();

  let scheme: Scheme = 'https';
  const hook = {
    present: true,
    call: (name: string, args: Record<string, unknown>) => hookCall(stores[scheme], name, args),
  };
  const target = { ...USERS, httpBase: stores.http.url, httpsBase: stores.https.url, ca, callback };
  // The API is part of the store, so nothing stands behind it.
  const toolkit = new corpus.Toolkit(target, hook, callbacks, { servers: [], hits: [], indexHits: [] });
  const { client } = toolkit;
  const send = client.send.bind(client);
  client.send = (request) => {
    const sent = request.url === undefined ? request.base : /^https?/i.exec(request.url)?.[0];
    if ((sent ?? 'https') !== scheme) throw new OtherScheme();
    return send(request);
  };

  async function attempt(one: Case, tried: Scheme): Promise<Played> {
    scheme = tried;
    const store = stores[scheme];
    await store.reset();
    // The same failure, without the wait for it.
    if (one.id === 'callback/broken/hang') store.fail({ callback: 'timeout' });
    toolkit.jars = new Map();
    toolkit.begin(one.id);
    try {
      const seen = await one.run(toolkit);
      return { seen, warnings: [...new Set(store.warnings.map(({ code }) => code))] };
    } catch (error) {
      if (error instanceof OtherScheme)
        return tried === 'https' ? attempt(one, 'http') : { failed: 'It needs both schemes.' };
      return { failed: (error as Error).message };
    }
  }

  const played: Record<string, Played> = {};
  try {
    for (const one of cases) played[one.id] = await attempt(one, 'https');
  } finally {
    client.close();
    await Promise.all([stores.https.close(), stores.http.close(), callbacks.stop()]);
  }
  return played;
}

/** Does what a case asks of the store itself. */
async function hookCall(store: Store, name: string, args: Record<string, unknown>): Promise<unknown> {
  switch (name) {
    case 'keys.list':
      return store.keys();
    case 'keys.create': {
      const permissions = args['permissions'] as Permissions;
      const key = await store.createKey({ permissions, user: String(args['username']) });
      return { key_id: key.keyId, consumer_key: key.consumerKey, consumer_secret: key.consumerSecret };
    }
    case 'keys.delete':
      await store.revoke(Number(args['key_id']));
      return true;
    default:
      throw new Error(`The test kit has nothing for ${name}.`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
