import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSeed, withSeedLines } from '../../emulator/command/seed';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'wc-auth-seed-'))));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(content: string, name = 'seed.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Returns what is wrong with a seed, without its path. */
function problems(content: string): string[] {
  try {
    readSeed(file(content));
  } catch (error) {
    const [first, ...lines] = (error as Error).message.split('\n');
    expect(first).toBe(`The seed file ${join(folder, 'seed.yaml')} cannot be used:`);
    return lines.map((line) => line.trim());
  }
  throw new Error('the seed was accepted');
}

const SEED = {
  name: 'Mug Shop',
  users: [{ login: 'mara', role: 'administrator' }],
  data: { products: [{ name: 'Mug', regular_price: '12.00' }], orders: [{ status: 'processing' }] },
};

test('a seed can be written in YAML', () => {
  const yaml = `# A shop
name: Mug Shop
users:
  - login: mara
    role: administrator
data:
  products:
    - name: Mug
      regular_price: "12.00"
  orders: [{ status: processing }]
`;
  expect(readSeed(file(yaml))).toEqual(SEED);
});

test.each([2, '\t'])('a seed can be written in JSON that is indented by %j', (indent) => {
  expect(readSeed(file(JSON.stringify(SEED, undefined, indent), 'seed.json'))).toEqual(SEED);
});

test('an empty file is an empty seed', () => {
  expect(readSeed(file(''))).toEqual({});
});

test.each([
  ['name: 7', ['line 1: name must be a text (got 7).']],
  ['name: A\n---\nname: B', ['line 2: A second document starts here. Keep one.']],
  ['name: ""', ['line 1: name must not be empty (got "").']],
  ['name: x\nuser: []', ['line 2: user is unknown. Remove it, or correct its name.']],
  ['- a\n- b', ['line 1: The whole must be an object with members (got ["a","b"]).']],
  ['users: []', ['line 1: users must have at least one user (got []).']],
  ['users:\n  - login: mara\n  - role: customer', ['line 3: users[1].login is missing. It must be a text.']],
  [
    'users:\n  - login: mara\n    role: boss',
    ['line 3: users[0].role must be administrator, shop_manager, or customer (got "boss").'],
  ],
  [
    'data:\n  products:\n    - name: Mug\n    - 12',
    ['line 4: data.products[1] must be an object with members (got 12).'],
  ],
  ['data:\n  products:\n    mug: 1', ['line 2: data.products must be a list (got {"mug":1}).']],
  ['data:\n  pages: []', ['line 2: data.pages is unknown. Remove it, or correct its name.']],
  [
    'name: 1\ndata:\n  # none\n  orders: x',
    ['line 1: name must be a text (got 1).', 'line 4: data.orders must be a list (got "x").'],
  ],
])('the error for %j names the line', (content, expected) => {
  expect(problems(content)).toEqual(expected);
});

test.each([
  ['name: a\nname: b', 2, 'Map keys must be unique'],
  ['name: "a\n', 2, 'Missing closing "quote'],
  ['users:\n  - login: a\n bad', 3, ''],
  ['a: *nothing', 1, ''],
  ['{"name": "x",\n "users": [\n', 3, ''],
])('the error for the syntax of %j names the line', (content, line, text) => {
  const [first = ''] = problems(content);
  expect(first).toMatch(new RegExp(`^line ${line}: .`));
  expect(first).toContain(text);
});

test('a file of aliases that would fill the memory is rejected', () => {
  const levels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name, index, all) => {
    const before = all[index - 1];
    const items = before === undefined ? ['x', 'x'] : Array<string>(9).fill(`*${before}`);
    return `${name}: &${name} [${items.join(', ')}]`;
  });
  expect(problems(levels.join('\n')).join()).toContain('alias');
});

test('a file that is missing is named', () => {
  expect(() => readSeed('/nowhere/seed.yaml')).toThrow(
    'The seed file /nowhere/seed.yaml cannot be read (ENOENT). Check the path after --seed and its permissions.',
  );
});

test('an error of the store about the data names the line', async () => {
  const path = file('data:\n  orders:\n    - status: processing\n    - status: nonsense\n');
  const fail = (message: string) => () => Promise.reject(new Error(message));
  await expect(withSeedLines(path, fail('data.orders[1].status is unknown.'))).rejects.toThrow(
    'line 4: data.orders[1].status is unknown.',
  );
  await expect(withSeedLines(path, fail('orders[1] is wrong.'))).rejects.toThrow(
    'line 4: orders[1] is wrong.',
  );
  await expect(withSeedLines(path, fail('Port 8443 is in use.'))).rejects.toThrow(/^Port 8443 is in use\.$/);
  await expect(withSeedLines(undefined, fail('orders[1] is wrong.'))).rejects.toThrow(/^orders\[1\]/);
  await expect(withSeedLines(path, () => Promise.resolve(7))).resolves.toBe(7);
});
