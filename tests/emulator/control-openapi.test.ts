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

test('every endpoint takes the examples and answers as described', async () => {
  for (const [path, operations] of Object.entries(paths))
    for (const [method, operation] of Object.entries(operations)) {
      const example = operation.requestBody?.content['application/json'].example;
      if (example === undefined) continue;
      await play(method.toUpperCase(), path, method === 'post' ? 201 : 200, example);
    }
  await play('GET', '/state', 200);
  await play('DELETE', '/faults', 204);
  await play('GET', '/callbacks/1', 200);
  await play('DELETE', '/callbacks/1', 204);
  const { url } = (await play('POST', '/callbacks', 201, {})).json() as { url: string };
  const body = { connect_url: connectUrl(scene.store, url, { return_url: 'myapp://done' }), as: 'manager' };
  await play('POST', '/deny', 200, body);
  await play('POST', '/approve', 200, body);
  await play('POST', '/approve', 400, body);
  await play('GET', '/callbacks', 200);
  await play('GET', '/keys', 200);
  await scene.store.fetch(`${scene.store.url}/wp-json/wc/v3/products`);
  await play('GET', '/requests', 200);
  await play('GET', '/warnings', 200);
  await play('DELETE', '/keys/1', 204);
  await play('DELETE', '/keys/1', 404);
  await play('PUT', '/faults', 200, { callback: 'timeout' });
  await play('POST', '/approve', 422, { connect_url: connectUrl(scene.store, url, { user_id: '7' }) });
  await play('POST', '/reset', 204);
});
