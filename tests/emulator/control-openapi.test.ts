import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { parse } from 'yaml';
import { controlRoutes } from '../../emulator/command/control-routes';
import { emulationScene, type EmulationScene } from '../support/scenes/emulation';
import { connectUrl } from '../support/scenes/kit-scene';

const FILE = resolve(__dirname, '../../docs/emulator-openapi.yaml');

/** Returns the description with its references resolved. */
function description(): Record<string, Record<string, Operation>> {
  const root = parse(readFileSync(FILE, 'utf8')) as Record<string, unknown>;
  const at = (pointer: string) =>
    pointer
      .slice(2)
      .split('/')
      .reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], root);
  const inlined = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(inlined);
    if (typeof node !== 'object' || node === null) return node;
    if ('$ref' in node) return inlined(at(String(node.$ref)));
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, inlined(value)]));
  };
  return inlined(root['paths']) as ReturnType<typeof description>;
}

interface Media {
  readonly 'application/json': { readonly schema: object; readonly example?: unknown };
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly example?: unknown }[];
  readonly requestBody?: { readonly content: Media };
  readonly responses: Record<string, { readonly content?: Media }>;
}

const ajv = new Ajv({ strict: false });
const paths = description();
let scene: EmulationScene;
beforeAll(async () => {
  scene = await emulationScene();
});
afterAll(() => scene.close());

/** Sends a request, and checks the body and the answer against the description. */
async function play(method: string, path: string, expected: number, body?: unknown) {
  const pattern = path.replace(/\/\d+$/, path.startsWith('/keys') ? '/{key_id}' : '/{id}');
  const { requestBody, responses } = paths[pattern]![method.toLowerCase()]!;
  if (expected < 300 && body !== undefined)
    expect(ajv.validate(requestBody!.content['application/json'].schema, body) || ajv.errors).toBe(true);
  const answer = await scene.call(method, path, { body });
  expect([method, path, answer.status, answer.text]).toEqual([method, path, expected, expect.any(String)]);
  const { content } = responses[String(expected)] ?? responses['default']!;
  if (!content) expect(answer.text).toBe('');
  else expect(ajv.validate(content['application/json'].schema, answer.json()) || ajv.errors).toBe(true);
  return answer;
}

test('docs/emulator-openapi.yaml is a valid OpenAPI 3.1 description', () => {
  const bin = join(
    __dirname,
    '../../node_modules/@seriousme/openapi-schema-validator/bin/validate-api-cli.js',
  );
  const answer = execFileSync(process.execPath, [bin, FILE], { encoding: 'utf8' });
  expect(JSON.parse(answer)).toEqual({ valid: true });
});

test('describes every endpoint of the control API, and no other', () => {
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .filter((name) => name !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = controlRoutes({} as Parameters<typeof controlRoutes>[0]);
  expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
});

/** Returns the members and types of a value. A list has the shape of its first entry. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]));
}

const exampleOf = (content: Media | undefined) => content?.['application/json'].example;

test('each operation has an example, and answers it as the example says', async () => {
  await scene.call('POST', '/reset');
  const { consumerKey, consumerSecret } = await scene.store.createKey({ permissions: 'read' });
  const port = new URL(scene.store.url).port;
  const played: string[] = [];
  let callbackPort = '';

  /** Sends the example of an operation, and compares the answer with that of the description. */
  async function playExample(operation: string, status: number) {
    const [method = '', pattern = ''] = operation.split(' ');
    const { [method.toLowerCase()]: described, parameters = [] } = paths[pattern]!;
    const { requestBody, responses, parameters: own = [] } = described!;
    const [parameter] = [...own, ...(parameters as NonNullable<Operation['parameters']>)];
    const path = pattern.replace(/\{\w+\}/, String(parameter?.example));
    const sent = exampleOf(requestBody?.content);
    // The ports of the example are taken for those of this run.
    const ports = (text: string) => text.replace('8443', port).replace('41235', callbackPort);
    const body: unknown = sent === undefined ? undefined : JSON.parse(ports(JSON.stringify(sent)));
    const answer = await play(method, path, status, body);
    const example = exampleOf(responses[String(status)]?.content);
    if (status !== 204) expect([operation, shapeOf(answer.json())]).toEqual([operation, shapeOf(example)]);
    const schema = responses[String(status)]?.content?.['application/json'].schema;
    if (schema) expect(ajv.validate(schema, example) || ajv.errors).toBe(true);
    played.push(operation);
    return answer;
  }

  await playExample('GET /state', 200);
  await playExample('POST /keys', 201);
  await playExample('GET /keys', 200);
  const { url } = (await playExample('POST /callbacks', 201)).json() as { url: string };
  callbackPort = new URL(url).port;
  await playExample('GET /callbacks', 200);
  await playExample('POST /deny', 200);
  // The callback of the example answers 503 first.
  await playExample('POST /approve', 422);
  await playExample('POST /approve', 200);
  await playExample('GET /callbacks/{id}', 200);
  await scene.store.fetch(`${scene.store.url}/wp-json/wc/v3/products?page=1`, {
    headers: { Authorization: `Basic ${btoa(`${consumerKey}:${consumerSecret}`)}` },
  });
  await playExample('GET /requests', 200);
  await scene.call('POST', '/reset');
  await scene.store.deny(connectUrl(scene.store, url, { user_id: 'a+b' }));
  await playExample('GET /warnings', 200);
  await scene.store.createKey({ permissions: 'read' });
  await playExample('DELETE /keys/{key_id}', 204);
  await playExample('PUT /faults', 200);
  await playExample('DELETE /faults', 204);
  await playExample('DELETE /callbacks/{id}', 204);
  await playExample('POST /reset', 204);

  const routes = controlRoutes({} as Parameters<typeof controlRoutes>[0]);
  const all = routes.map(({ method, path }) => `${method} ${path}`);
  expect([...new Set(played)].sort()).toEqual(all.sort());
});

test('every endpoint answers as described, also to what it rejects', async () => {
  await scene.call('POST', '/reset');
  const { url } = (await play('POST', '/callbacks', 201, {})).json() as { url: string };
  const body = { connect_url: connectUrl(scene.store, url, { return_url: 'myapp://done' }), as: 'manager' };
  await play('POST', '/deny', 200, body);
  await play('POST', '/approve', 200, body);
  await play('POST', '/approve', 400, body);
  await play('GET', '/callbacks', 200);
  await play('GET', '/callbacks/99', 404);
  await play('GET', '/keys', 200);
  await play('DELETE', '/keys/1', 204);
  await play('DELETE', '/keys/1', 404);
  await play('PUT', '/faults', 200, { callback: 'timeout' });
  await play('POST', '/approve', 422, { connect_url: connectUrl(scene.store, url, { user_id: '7' }) });
  await play('POST', '/reset', 204);
});
