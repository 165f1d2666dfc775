import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { REST_CODES, REVOKE_STATUSES } from '../support/http/wire-texts';
import { failWrites } from '../support/store/broken-database';
import { documentedStore, type DocumentedStore } from '../support/store/documented-store';
import { matchesBody, play, type Values } from '../support/http/exchanges';
import {
  answersWithoutExample,
  OPENAPI_FILE,
  readOpenApi,
  openApiExamples,
  type OpenApiExample,
} from '../support/http/openapi-examples';
import { revokeNonce } from '../support/scenes/revocation-scene';
import { PASSWORD } from '../support/store/test-store';

const ajv = new Ajv({ strict: false, validateFormats: false });
const examples = openApiExamples();

test('docs/openapi.yaml is a valid OpenAPI 3.1 description', () => {
  // The validator is an ES module, which jest does not load, so this runs its command.
  const bin = join(
    __dirname,
    '../../node_modules/@seriousme/openapi-schema-validator/bin/validate-api-cli.js',
  );
  const answer = execFileSync(process.execPath, [bin, OPENAPI_FILE], { encoding: 'utf8' });
  expect(JSON.parse(answer)).toEqual({ valid: true });
});

test('lists every code that its endpoints answer with', () => {
  const { NamedError, RevokeError, OAuthError, RestError } = readOpenApi().components.schemas;
  expect(NamedError?.properties['name']?.enum).toEqual(REVOKE_STATUSES.map(({ name }) => name));
  expect(NamedError?.properties['code']?.enum).toEqual(REVOKE_STATUSES.map(({ code }) => code));
  expect(RevokeError?.properties['code']?.enum).toEqual(REVOKE_STATUSES.map(({ rest }) => rest));
  expect(OAuthError?.properties['error']?.enum).toEqual([
    ...new Set(REVOKE_STATUSES.map(({ oauth }) => oauth)),
  ]);
  // Forward auth turns all other errors into `wc_auth_unavailable`.
  const codes = REST_CODES.filter((code) =>
    /^wc_auth_|^woocommerce_rest_(?:authentication|cannot_(?:view|edit))/.test(code),
  );
  expect(RestError?.properties['code']?.enum).toEqual([...new Set(codes)].sort());
});

const HOST = [['Host', 'shop.example']] as const;

const SIGNED_IN = 'a manager is signed in';

/** Conditions of examples: what must be true before the request is sent. */
const STATES: Record<string, (scene: DocumentedStore, values: Values) => Promise<unknown>> = {
  [SIGNED_IN]: async ({ store }, values) => {
    await play(store.tlsUrl, { first: 'GET /login HTTP/1.1', headers: HOST, body: '' }, values);
    const headers = [
      ...HOST,
      ['Origin', 'https://shop.example'],
      ['Cookie', '__Host-wc_auth_sign_in=…'],
      ['Content-Type', 'application/x-www-form-urlencoded'],
    ] as const;
    const body = `wc_auth_csrf=…&username=manager&password=${PASSWORD.replaceAll(' ', '+')}`;
    const answer = await play(store.tlsUrl, { first: 'POST /login HTTP/1.1', headers, body }, values);
    expect(answer.status).toBe(302);
  },
  'the database cannot write': ({ store }) => failWrites(store.database),
  'too many wrong keys came from this address': async ({ store }) => {
    const [, ...headers] =
      examples.find(({ title }) => title.endsWith(' unknown-key'))?.request.headers ?? [];
    const request = {
      first: 'POST /wc-auth/v1/revoke HTTP/1.1',
      headers: [...HOST, ...headers],
      body: '',
    };
    while ((await play(store.tlsUrl, request, new Map())).status === 401);
  },
  'the server was told to stop': ({ store }) => Promise.resolve(store.app.stopping()),
};

/** Sends the request of an example, with what the pages of a signed-in manager would add. */
async function send(scene: DocumentedStore, { request, state }: OpenApiExample) {
  const values: Values = new Map();
  if (state !== undefined) await STATES[state]!(scene, values);
  if (!values.has('__Host-wc_auth_session')) return play(scene.store.tlsUrl, request, values);
  const cookie = ['Cookie', '__Host-wc_auth_session=…'] as const;
  values.set('_wpnonce', revokeNonce(scene.store, { cookies: values }));
  if (request.first.includes('/logout')) {
    const headers = [...HOST, ['Accept', 'application/json'], cookie] as const;
    await play(scene.store.tlsUrl, { first: 'GET /wc-auth/v1/logout HTTP/1.1', headers, body: '' }, values);
  }
  return play(scene.store.tlsUrl, { ...request, headers: [...request.headers, cookie] }, values);
}

let shared: DocumentedStore;
beforeAll(async () => (shared = await documentedStore()));
afterAll(() => shared.close());

async function answerTo(example: OpenApiExample) {
  if (example.state === undefined || example.state === SIGNED_IN) {
    await shared.restore();
    return send(shared, example);
  }
  // The changes of these states cannot be undone.
  const scene = await documentedStore({ FAILED_KEYS_PER_ADDRESS: '3' });
  try {
    return await send(scene, example);
  } finally {
    await scene.close();
  }
}

test.each(examples)('the server answers like the example $title', async (example) => {
  const answer = await answerTo(example);
  expect(`${answer.status} ${answer.text}`).toMatch(new RegExp(`^${example.status} `));
  for (const { name, header, value } of example.headers) {
    const got = answer.headers[name.toLowerCase()];
    if (got === undefined) expect({ name, required: header.required }).toEqual({ name, required: undefined });
    else {
      expect(ajv.validate(header.schema, got) || { name, got }).toBe(true);
      if (value !== undefined) expect({ [name]: got }).toEqual({ [name]: value });
    }
  }
  const { body } = example;
  if (body === undefined) {
    expect(answer.text).toBe('');
    return;
  }
  expect(answer.headers['content-type']?.split(';')[0]).toBe(body.type);
  expect(ajv.validate(body.schema, answer.json()) || ajv.errors).toBe(true);
  expect(ajv.validate(body.schema, body.value) || ajv.errors).toBe(true);
  expect(matchesBody(JSON.stringify(body.value), answer.text) || answer.text).toBe(true);
});

test('every answer of every operation has an example, except for a body that is too large to show', () => {
  expect(answersWithoutExample()).toEqual(['POST /wc-auth/v1/revoke 413']);
});
