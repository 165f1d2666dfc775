import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import OAuth from 'oauth-1.0a';
import { exchange, requestBytes } from '../support/http/raw-http';
import { DOCUMENTED_NOW, documentedStore, type DocumentedStore } from '../support/store/documented-store';

// Plays every request of the Postman collection against a store, as Postman sends them.

const FILE = 'examples/postman/wc-auth-server.postman_collection.json';
const STORE_URL = 'https://shop.example';
const VALUES: Readonly<Record<string, string>> = {
  store_url: STORE_URL,
  consumer_key: `ck_${'1'.repeat(40)}`,
  consumer_secret: `cs_${'1'.repeat(40)}`,
};

interface Pair {
  readonly key: string;
  readonly value: string;
}
/** A setting of an `auth` block. */
interface Setting {
  readonly key: string;
  readonly value: string | boolean;
}
type Auth = { readonly type: string } & Readonly<Record<string, unknown>>;
interface Item {
  readonly name: string;
  readonly item?: readonly Item[];
  readonly request: {
    readonly method: string;
    readonly header: readonly Pair[];
    readonly auth: Auth;
    readonly url: {
      readonly raw: string;
      readonly host: readonly string[];
      readonly path: readonly string[];
      readonly query?: readonly Pair[];
    };
    readonly body?: { readonly raw: string };
  };
  readonly response: readonly {
    readonly code: number;
    readonly header: readonly Pair[];
    readonly body: string;
  }[];
}

const collection = JSON.parse(readFileSync(join(__dirname, '../..', FILE), 'utf8')) as {
  readonly item: readonly Item[];
  readonly variable: readonly Pair[];
};
const under = (items: readonly Item[]): Item[] =>
  items.flatMap((item) => (item.item ? under(item.item) : [item]));
const items = under(collection.item);

const text = { type: 'string' };
const object = (required: object, optional: object = {}) => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
});
const list = (of: object) => ({ type: 'array', items: of });
const pairs = list(object({ key: text, value: text }, { description: text }));
const authValues = list(
  object({ key: text, value: { type: ['string', 'boolean'] }, type: { enum: ['string', 'boolean'] } }),
);
const auth = object(
  { type: { enum: ['noauth', 'basic', 'bearer', 'oauth1'] } },
  { basic: authValues, bearer: authValues, oauth1: authValues },
);
/** The parts of Postman's schema, Collection v2.1.0, that the collection uses. */
const SCHEMA = {
  ...object({
    info: object({
      name: text,
      description: text,
      schema: { const: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
    }),
    item: list({ $ref: '#/definitions/item' }),
    variable: list(object({ key: text, value: text, type: { const: 'string' } })),
  }),
  definitions: {
    item: {
      anyOf: [
        object({ name: text, description: text, item: list({ $ref: '#/definitions/item' }) }),
        object(
          {
            name: text,
            request: object(
              {
                method: { enum: ['GET', 'POST'] },
                header: pairs,
                auth,
                url: object({ raw: text, host: list(text), path: list(text) }, { query: pairs }),
                description: text,
              },
              {
                body: object({
                  mode: { const: 'raw' },
                  raw: text,
                  options: object({ raw: object({ language: { const: 'json' } }) }),
                }),
              },
            ),
            response: {
              ...list(
                object({ name: text, status: text, code: { type: 'integer' }, header: pairs, body: text }),
              ),
              minItems: 1,
            },
          },
          { protocolProfileBehavior: object({ followRedirects: { const: false } }) },
        ),
      ],
    },
  },
};

test('the collection has the structure of Postman Collection v2.1.0', () => {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  expect(ajv.validate(SCHEMA, collection) || ajv.errors).toBe(true);
  for (const { request } of items)
    if (request.auth.type !== 'noauth') expect(request.auth).toHaveProperty(request.auth.type);
});

test('the parts of each address give the address that Postman shows', () => {
  for (const { request } of items) {
    const { raw, host, path, query = [] } = request.url;
    const parts = [...host, ...path].join('/');
    const asked = query.map(({ key, value }) => `${key}=${value}`).join('&');
    expect(asked === '' ? parts : `${parts}?${asked}`).toBe(raw);
  }
});

test('every variable that a request uses is declared, and the secret ones have no value that works', () => {
  const used = [...JSON.stringify(items).matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name);
  const declared = collection.variable.map(({ key }) => key);
  expect([...new Set(used)].sort()).toEqual([...declared].sort());
  for (const { key, value } of collection.variable)
    if (key.startsWith('consumer_')) expect(value).toMatch(/^c[ks]_0{40}$/);
});

/** Replaces each `{{name}}`. */
const filled = (value: string): string =>
  value.replace(/\{\{(\w+)\}\}/g, (_all, name: string) => {
    const known = VALUES[name] ?? collection.variable.find(({ key }) => key === name)?.value;
    if (known === undefined) throw new Error(`the collection has no variable ${name}`);
    return known;
  });

/** Returns the header that Postman makes of these settings. */
function authorization({ type, ...settings }: Auth, method: string, url: string): readonly string[] {
  const values = Object.fromEntries(
    ((settings[type] as readonly Setting[] | undefined) ?? []).map(({ key, value }) => [
      key,
      filled(String(value)),
    ]),
  );
  if (type === 'basic')
    return [`Basic ${Buffer.from(`${values['username']}:${values['password']}`).toString('base64')}`];
  if (type === 'bearer') return [`Bearer ${values['token']}`];
  if (type !== 'oauth1') return [];
  expect(values).toMatchObject({ signatureMethod: 'HMAC-SHA256', addParamsToHeader: 'true' });
  const oauth = new OAuth({
    consumer: { key: values['consumerKey']!, secret: values['consumerSecret']! },
    signature_method: 'HMAC-SHA256',
    hash_function: (base, key) => createHmac('sha256', key).update(base).digest('base64'),
  });
  oauth.getTimeStamp = () => Math.floor(DOCUMENTED_NOW / 1000);
  return [oauth.toHeader(oauth.authorize({ url, method })).Authorization];
}

let scene: DocumentedStore;
beforeAll(async () => (scene = await documentedStore()));
beforeEach(() => scene.restore());
afterAll(() => scene.close());

function send({ request }: Item, base: string) {
  const { method, header, url, body } = request;
  const address = filled(url.raw);
  const headers = [
    ['Host', new URL(STORE_URL).host],
    ...header.map(({ key, value }) => [key, filled(value)] as const),
    ...authorization(request.auth, method, address).map((value) => ['Authorization', value] as const),
  ] as const;
  const target = address.slice(STORE_URL.length);
  return exchange(base, requestBytes(method, target, headers, filled(body?.raw ?? '')));
}

test.each(items.map((item) => [item.name, item] as const))(
  'the store answers as saved: %s',
  async (_name, item) => {
    const [saved] = item.response;
    const answer = await send(item, scene.store.tlsUrl);
    expect(`${answer.status} ${answer.text}`).toMatch(new RegExp(`^${saved!.code} `));
    for (const { key, value } of saved!.header)
      expect(answer.headers[key.toLowerCase()]).toContain(filled(value));
    if (saved!.body !== '') expect(answer.json()).toMatchObject(JSON.parse(filled(saved!.body)) as object);
  },
);

test.each(
  items.filter(({ request }) => request.auth.type === 'oauth1').map((item) => [item.name, item] as const),
)('over plain HTTP, the signed request is accepted too: %s', async (_name, item) => {
  expect((await send(item, scene.store.url)).status).toBe(item.response[0]!.code);
});

test.each(
  items
    .filter(({ request }) => ['basic', 'bearer'].includes(request.auth.type))
    .map((item) => [item.name, item] as const),
)('over plain HTTP, a secret is rejected: %s', async (_name, item) => {
  expect((await send(item, scene.store.url)).status).toBe(401);
});
