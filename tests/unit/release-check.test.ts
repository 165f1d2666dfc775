import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SCRIPT = resolve(__dirname, '../../scripts/release-check.mjs');
const CHANGELOG = `# Changelog

## Unreleased

## 1.2.0 (2026-12-01)

Read [upgrading](docs/upgrading.md), [npm](https://npm.example/) and [below](#added).

### Added

- A bell.

## 1.1.0 (2026-11-01)

- Something older.
`;

interface Files {
  readonly changelog?: string;
  readonly version?: string;
  readonly repository?: unknown;
  readonly lock?: { readonly name?: string; readonly version?: string; readonly root?: string };
  readonly openapi?: string;
  readonly example?: Readonly<Record<string, string>>;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-release-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the script in a repository that is ready for 1.2.0, except for what `files` changes. */
function check(args: readonly string[], files: Files = {}) {
  const { changelog = CHANGELOG, version = '1.2.0', repository, lock = {}, openapi = '1.2.0' } = files;
  const { example = { shop: '^1.2.0' } } = files;
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
  };
  write('package.json', JSON.stringify({ name: 'shop', version, repository }));
  const { name = 'shop', version: locked = '1.2.0', root = '1.2.0' } = lock;
  write('package-lock.json', JSON.stringify({ name, version: locked, packages: { '': { version: root } } }));
  write('CHANGELOG.md', changelog);
  for (const name of ['docs', 'examples/first', 'examples/requests'])
    mkdirSync(join(folder, name), { recursive: true });
  write('examples/first/package.json', JSON.stringify({ dependencies: example }));
  write('docs/openapi.yaml', `openapi: 3.1.0\ninfo:\n  title: shop\n  version: ${openapi}\n`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const repository = { type: 'git', url: 'git+https://github.com/shop/server.git' };

test('prints the section of the changelog when everything names the version of the tag', () => {
  expect(check(['v1.2.0'])).toEqual({
    status: 0,
    stderr: '',
    stdout: `Read [upgrading](docs/upgrading.md), [npm](https://npm.example/) and [below](#added).

### Added

- A bell.
`,
  });
});

test('with --repository, links to files lead to the tag on GitHub', () => {
  const { status, stdout } = check(['v1.2.0', '--repository', 'shop/server'], { repository });
  expect(status).toBe(0);
  expect(stdout).toContain(
    '[upgrading](https://github.com/shop/server/blob/v1.2.0/docs/upgrading.md), ' +
      '[npm](https://npm.example/) and [below](#added)',
  );
});

test.each([
  ['the short form', 'https://github.com/shop/server'],
  ['an object', repository],
])('accepts the repository in package.json as %s', (_form, value) => {
  expect(check(['v1.2.0', '--repository', 'shop/server'], { repository: value }).status).toBe(0);
});

test('puts each paragraph and list item on one line, and leaves code and tables alone', () => {
  const text = [
    'One paragraph\nof two lines.',
    '- An item\n  of *three* lines,\n  2026 too.\n- Another.\n  - Below it,\n    wrapped.',
    '```\nnpm ci\nnpm test\n```',
    '| a | b |\n| - | - |\n| 1 | 2 |',
    '1. First,\n   wrapped.\n2. Second.',
  ];
  const { stdout } = check(['v1.2.0'], {
    changelog: `# Changelog\n\n## 1.2.0 (2026-12-01)\n\n${text.join('\n\n')}\n`,
  });
  expect(stdout.trimEnd().split('\n\n')).toEqual([
    'One paragraph of two lines.',
    '- An item of *three* lines, 2026 too.\n- Another.\n  - Below it, wrapped.',
    text[2],
    text[3],
    '1. First, wrapped.\n2. Second.',
  ]);
});

test('accepts a pre-release', () => {
  const prerelease = '1.2.0-rc.1';
  const files = {
    version: prerelease,
    lock: { version: prerelease, root: prerelease },
    openapi: prerelease,
    example: { shop: `^${prerelease}` },
    changelog: CHANGELOG.replace('## 1.2.0', '## 1.2.0-rc.1'),
  };
  expect(check(['v1.2.0-rc.1'], files)).toMatchObject({ status: 0, stderr: '' });
});

const dated = (heading: string) => ({ changelog: CHANGELOG.replace('1.2.0 (2026-12-01)', heading) });

test.each<[string, Files, string]>([
  [
    'an older package.json',
    { version: '1.1.0' },
    'The version in package.json is "1.1.0", and should be "1.2.0".',
  ],
  [
    'an older package-lock.json',
    { lock: { version: '1.1.0' } },
    'The version in package-lock.json is "1.1.0", and should be "1.2.0".',
  ],
  [
    'an older root package in package-lock.json',
    { lock: { root: '1.1.0' } },
    'The version of packages[""] in package-lock.json is "1.1.0", and should be "1.2.0".',
  ],
  [
    'another name in package-lock.json',
    { lock: { name: 'store' } },
    'The name in package-lock.json is "store", and should be "shop".',
  ],
  [
    'an older openapi.yaml',
    { openapi: '1.1.0' },
    'info.version in docs/openapi.yaml is "1.1.0", and should be "1.2.0".',
  ],
  [
    'an example with an older version',
    { example: { shop: '^1.1.0' } },
    'The version of shop in examples/first/package.json is "^1.1.0", and should be "^1.2.0".',
  ],
  [
    'an example with another name',
    { example: { store: '^1.2.0' } },
    'The version of shop in examples/first/package.json is null, and should be "^1.2.0".',
  ],
  [
    'no section in the changelog',
    { changelog: CHANGELOG.replace('1.2.0', '1.2.1') },
    'CHANGELOG.md has no section "## 1.2.0 (YYYY-MM-DD)". Add it below "Unreleased".',
  ],
  [
    'a section without a date',
    dated('1.2.0'),
    'CHANGELOG.md has the heading "1.2.0". Write "1.2.0 (YYYY-MM-DD)".',
  ],
  [
    'a day that does not exist',
    dated('1.2.0 (2026-13-01)'),
    'CHANGELOG.md has the heading "1.2.0 (2026-13-01)". Write "1.2.0 (YYYY-MM-DD)".',
  ],
  [
    'entries that are not released',
    { changelog: CHANGELOG.replace('## Unreleased\n', '## Unreleased\n\n- A new lamp.\n') },
    'CHANGELOG.md has entries under "Unreleased". Move them to "## 1.2.0 (YYYY-MM-DD)".',
  ],
  [
    'a newer version above it',
    { changelog: CHANGELOG.replace('## 1.2.0', '## 1.3.0 (2026-12-24)\n\n- A lamp.\n\n## 1.2.0') },
    'CHANGELOG.md has "1.3.0 (2026-12-24)" above "1.2.0 (2026-12-01)". The newest release comes first.',
  ],
  [
    'an empty section',
    { changelog: '# Changelog\n\n## 1.2.0 (2026-12-01)\n' },
    'CHANGELOG.md says nothing under "1.2.0 (2026-12-01)".',
  ],
])('rejects %s', (_what, files, complaint) => {
  expect(check(['v1.2.0'], files)).toEqual({ status: 1, stdout: '', stderr: `${complaint}\n` });
});

test.each([
  ['missing', undefined, 'null'],
  ['of another repository', { url: 'git+https://github.com/shop/other.git' }, '"shop/other"'],
])('rejects a repository in package.json that is %s', (_what, value, shown) => {
  expect(check(['v1.2.0', '--repository', 'shop/server'], { repository: value })).toEqual({
    status: 1,
    stdout: '',
    stderr: `The GitHub repository that repository.url in package.json names is ${shown}, and should be "shop/server".\n`,
  });
});

test('lists every mistake at once', () => {
  const { stderr } = check(['v1.2.0'], { version: '1.1.0', openapi: '1.1.0' });
  expect(stderr.trimEnd().split('\n')).toHaveLength(2);
});

test.each(['1.2.0', 'v1.2', 'v01.2.0', 'v1.2.0+build', 'v1.2.0-', 'latest'])(
  'rejects the tag %s, which is not a version',
  (tag) => {
    expect(check([tag])).toEqual({
      status: 1,
      stdout: '',
      stderr: `The tag "${tag}" is not a version. Tag a release as v1.2.3 or v1.2.3-rc.1.\n`,
    });
  },
);

test.each([[[]], [['v1.2.0', 'v1.3.0']], [['v1.2.0', '--nonsense']]])(
  'answers the arguments %j with exit code 2',
  (args) => {
    expect(check(args)).toMatchObject({ status: 2, stdout: '' });
  },
);
