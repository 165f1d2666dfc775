import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-language-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the script in a folder with these files. */
function lint(files: Readonly<Record<string, string>>, ...options: string[]) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const script = join(ROOT, 'scripts/lint-language.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...options], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return { status, lines: stdout.trimEnd().split('\n') };
}

const found = (files: Readonly<Record<string, string>>) =>
  lint(files)
    .lines.slice(0, -1)
    .map((line) => line.replace(/ → .*/, ''));

const IDIOMS = [
  ['Mend the request.', 'Mend'],
  ['Two words parted by a dot.', 'parted by'],
  ['The door for proxies.', 'door'],
  ['It asks it again later.', 'asks it again'],
  ['A sight of the table.', 'sight'],
  ['The body is thrown away.', 'thrown away'],
  ['You are logged out.', 'logged out'],
  ['For stores that are no WordPress.', 'are no'],
  ['Of these the value is none.', 'is none'],
  ['It tells that it happened or not.', 'that it happened or not'],
  ['Where the file is missing, it stops.', 'Where the file is missing,'],
  ['So that nobody knows.', 'nobody'],
  ['Whoever asks may know.', 'Whoever'],
  ['Who outgrows this runs two.', 'Who outgrows'],
  ['A wrong secret is refused.', 'is refused'],
  ['A variable is left out.', 'left out'],
  ['The port, if given, is used.', 'if given'],
  ['Of several processes one of them works.', 'one of them'],
  ['Hold a damaged digest to be a wrong secret.', 'Hold a damaged digest to be'],
  ['Then the database is asked.', 'database is asked'],
  ['The colour of a button.', 'colour'],
  ['It recognises the name.', 'recognises'],
  ['Both are cancelled.', 'cancelled'],
] as const;

test('rejects each old idiom, and names the line and the words', () => {
  const page = IDIOMS.map(([text]) => `${text}\n`).join('\n');
  expect(found({ 'page.md': page })).toEqual(
    IDIOMS.map(([, words], index) => `page.md:${2 * index + 1}: "${words}"`),
  );
});

test('rejects an idiom that a line break or a comment mark cuts in two', () => {
  const files = { 'page.md': 'It is\nno page.\n', 'code.ts': '// It is\n// no code.\n' };
  expect(found(files)).toEqual(['code.ts:1: "is no"', 'page.md:1: "is no"']);
});

test('reads across a word in code style', () => {
  expect(found({ 'page.md': 'Leave `token` out.\n\nThe text is `leave it out`.\n' })).toEqual([
    'page.md:1: "Leave _______ out"',
  ]);
});

test('checks only the English message file', () => {
  const text = '{ "text": "The value is none." }\n';
  expect(found({ 'views/messages/en.json': text, 'views/messages/de.json': text })).toEqual([
    'views/messages/en.json:1: "is none"',
  ]);
});

test('accepts plain English and wire texts', () => {
  const page = [
    'Fix the request. Values are separated by a dot.',
    'There is no other way, and it is no longer needed.',
    'A user without this permission is refused.',
    'Try again, or tell whether it worked or not. Who may sign in?',
    'The answer says `Nobody is there` and "Successfully logged out".',
    'The JSON of the sign-out asks "Do you really want to log out?".',
  ];
  expect(found({ 'page.md': page.join('\n\n') })).toEqual([]);
});

test('reads comments, texts and names of code, but neither its syntax nor its regular expressions', () => {
  const code = [
    '// Whoever reads this',
    '/**',
    ' * is',
    ' * no one else.',
    ' */',
    'const healthDoor = /nobody comes/;',
    "throw new Error('The file is no file.');",
    'log(`Mend ${healthDoor} now`);',
    "const scheme = 'https://nobody.example'; // Fine.",
  ].join('\n');
  expect(found({ 'server/code.ts': code })).toEqual([
    'server/code.ts:1: "Whoever"',
    'server/code.ts:3: "is no"',
    'server/code.ts:4: "no one"',
    'server/code.ts:6: "healthDoor"',
    'server/code.ts:7: "is no"',
    'server/code.ts:8: "Mend"',
    'server/code.ts:8: "healthDoor"',
  ]);
});

test('rejects names with "refuse", except for connections and kinds of failure', () => {
  const code = [
    'const refuseRequest = new Refusal();',
    'const addressRefused = REFUSALS;',
    'const refusedOnce = refuse();',
    "const kinds = { refused: 'address-refused' };",
    'proxy.refuseConnections();',
    'const refusedConnection = 1;',
  ].join('\n');
  expect(found({ 'server/code.ts': code })).toEqual([
    'server/code.ts:1: "refuseRequest"',
    'server/code.ts:1: "Refusal"',
    'server/code.ts:2: "addressRefused"',
    'server/code.ts:2: "REFUSALS"',
    'server/code.ts:3: "refusedOnce"',
    'server/code.ts:3: "refuse"',
  ]);
});

test('reads templates, messages, style sheets and shell comments, and the names of files', () => {
  expect(
    found({
      'en.json': '{ "text": "Nobody is signed in." }',
      'page.ejs': '<p>The sight</p>',
      'run.sh': 'nobody=1 # Mend it',
      'style.css': '/* The door */ .nobody { color: red }',
      'health-door.lua': '-- fine',
    }),
  ).toEqual([
    'en.json:1: "Nobody"',
    'health-door.lua:1: "health-door.lua"',
    'page.ejs:1: "sight"',
    'run.sh:1: "Mend"',
    'style.css:1: "door"',
  ]);
});

test('rejects a sentence of more than 45 words in a page, and counts a cell and a list item by itself', () => {
  const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ');
  expect(
    found({
      'page.md': `Short. Word ${words(19)}\n${words(26)}.\n\n| ${words(30)} | ${words(30)} |\n\n- ${words(30)}\n- ${words(30)}\n`,
    }),
  ).toEqual(['page.md:1: "a sentence of 46 words"']);
});

test('checks the given paths only, fails with a count, and can show the counts alone', () => {
  const files = {
    'server/a/one.md': 'A door and a door.\n',
    'server/b/two.md': 'A door.\n',
    'three.md': 'Fine.\n',
  };
  expect(lint(files, 'server/a')).toMatchObject({ status: 1, lines: { length: 3, 2: '2 found in 1 files' } });
  expect(lint(files, '--summary').lines).toEqual(
    expect.arrayContaining(['    2  server/a', '    1  server/b', '3 found in 3 files']),
  );
  expect(lint(files, 'three.md')).toEqual({ status: 0, lines: ['0 found in 1 files'] });
});
