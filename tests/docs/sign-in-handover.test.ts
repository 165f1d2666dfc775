import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canRun, namedBlocks } from '../support/recipes/recipe';
import {
  HANDOVER,
  openHandoverScene,
  SECRET,
  secretKey,
  type HandoverScene,
} from '../support/sign-in/handover-scene';
import { isSignedIn } from '../support/store/test-store';

// docs/sign-in.md has a program for each of three languages. Each runs here as it is on the page, and
// hands a person over to a store.

let scene: HandoverScene;
let folder: string;
beforeEach(async () => {
  // Its clock starts at the time of the machine, which the programs read.
  scene = await openHandoverScene({ key: secretKey() });
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-handover-docs-'));
});
afterEach(async () => {
  await scene.close();
  rmSync(folder, { recursive: true });
});

const USER = { id: 17, email: 'zoë@office.test', name: 'Zoë "Z" </form> Łódź', role: 'shop_manager' };

/** What a page of the back end does: calls the function of the program. */
const RUN: Readonly<Record<string, (user: string, state: string) => readonly [string, ...string[]]>> = {
  'handover.mjs': (user, state) => [
    process.execPath,
    '--input-type=module',
    '--eval',
    "import { handoverPage } from './handover.mjs'; console.log(handoverPage(JSON.parse(process.argv[1]), process.argv[2]))",
    user,
    state,
  ],
  'handover.php': (user, state) => [
    'php',
    '-r',
    "require './handover.php'; echo handover_page(json_decode($argv[1], true), $argv[2]);",
    user,
    state,
  ],
  'handover.py': (user, state) => [
    'python3',
    '-c',
    'import json, sys; from handover import handover_page; print(handover_page(json.loads(sys.argv[1]), sys.argv[2]))',
    user,
    state,
  ],
};

test('these tests know how to run every program of the hand-over', () => {
  const names = [...namedBlocks('sign-in.md').keys()].filter((name) => name.startsWith('handover.'));
  expect(names.sort()).toEqual(Object.keys(RUN).sort());
});

async function pageOf(name: string, state: string): Promise<string> {
  writeFileSync(join(folder, name), namedBlocks('sign-in.md').get(name) ?? '');
  const [command, ...args] = RUN[name]!(JSON.stringify(USER), state);
  const env = { PATH: process.env['PATH'] ?? '', STORE_URL: scene.store.tlsUrl, HANDOVER_SECRET: SECRET };
  const { stdout } = await promisify(execFile)(command, args, { cwd: folder, env });
  return stdout;
}

describe.each(Object.keys(RUN))('the program %s', (name) => {
  const [program] = RUN[name]!('', '');
  const ifAvailable = canRun(program) ? test : test.skip;

  ifAvailable('hands a person over, and two pages have two tokens', async () => {
    const state = await scene.begin('/login?redirect_to=/keys');
    const [page, other] = [await pageOf(name, state), await pageOf(name, state)];
    const [, action] = /<form method="post" action="([^"]*)">/.exec(page) ?? [];
    expect(action).toBe(scene.store.tlsUrl + HANDOVER);
    const token = (html: string) => /name="token" value="([\w.-]+)"/.exec(html)?.[1] ?? '';
    const { location } = await scene.post({ token: token(page) });
    expect((await scene.browser.get(location)).location).toBe(`${scene.store.tlsUrl}/keys`);
    expect(await isSignedIn(scene.browser)).toBe(true);
    expect((await scene.store.app.users.list()).find(({ login }) => login !== 'manager')).toMatchObject({
      login: 'zoë',
      email: USER.email,
      name: USER.name,
      role: USER.role,
    });
    expect((await scene.post({ token: token(other) })).status).toBe(400);
  });
});
