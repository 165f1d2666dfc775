import { basicHeader } from '../scenes/rest-scene';
import { PATH, type Headers, type RecipeScene } from './recipe-scene';

const NAMES = ['session', 'sign_in', 'known_browser'];
const OURS = ['', '__Host-', '__Secure-'].flatMap((prefix) =>
  NAMES.map((name) => `${prefix}wc_auth_${name}=secret`),
);
const [SESSION = '', ...MORE] = OURS;
const ALL_OURS = OURS.join('; ');
const LINES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['none of ours', ['cart=7; theme=dark'], ['cart=7', 'theme=dark']],
  ['one alone', [SESSION], []],
  ['all of them', [ALL_OURS], []],
  ['at the start', [`${SESSION}; cart=7; theme=dark`], ['cart=7', 'theme=dark']],
  ['in the middle', [`cart=7; ${SESSION}; theme=dark`], ['cart=7', 'theme=dark']],
  ['at the end', [`cart=7; theme=dark; ${SESSION}`], ['cart=7', 'theme=dark']],
  ['several in a row', [`cart=7; ${MORE.join('; ')}; theme=dark`], ['cart=7', 'theme=dark']],
  [
    'each after another one',
    [OURS.map((ours, index) => `a${index}=${index}; ${ours}`).join('; ')],
    OURS.map((_, index) => `a${index}=${index}`),
  ],
  ['without spaces', [`cart=7;${OURS.join(';')};theme=dark`], ['cart=7', 'theme=dark']],
  ['with many spaces', [`cart=7 ;   ${SESSION} ;\t${MORE[0]}  ; theme=dark`], ['cart=7', 'theme=dark']],
  ['a space before the sign', [`wc_auth_session =secret; cart=7`], ['cart=7']],
  ['without a value', ['wc_auth_session; cart=7; __Host-wc_auth_session='], ['cart=7']],
  ['capitals', ['__HOST-WC_Auth_session=secret; cart=7'], ['cart=7']],
  ['empty parts', [`;; ${SESSION};;cart=7;`], ['cart=7']],
  ['two headers', [`cart=7; ${SESSION}`, `${MORE[0]}; theme=dark`], ['cart=7', 'theme=dark']],
  [
    'a name of ours inside another name or value',
    ['a=wc_auth_session=1; xwc_auth_session=2; b="__Host-wc_auth_session=3"; wc_aut=4'],
    ['a=wc_auth_session=1', 'xwc_auth_session=2', 'b="__Host-wc_auth_session=3"', 'wc_aut=4'],
  ],
  [
    'one of ours beside a value that names it',
    [`a=wc_auth_session=1; ${SESSION}; b=2`],
    ['a=wc_auth_session=1', 'b=2'],
  ],
];

/**
 * Tests that only wc-auth-server gets a manager's session. An API that receives it can act as the
 * manager.
 */
export function describeCookies(scene: RecipeScene): void {
  test.each(LINES)('the API gets no cookie of wc-auth-server: %s', async (_, lines, others) => {
    const cookies: Headers = lines.map((line) => ['Cookie', line]);
    const { headers } = scene.passed(
      await scene.sent(PATH, { headers: [...cookies, basicHeader(scene.key)] }),
    );
    const arrived = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
    expect(arrived.filter((cookie) => cookie !== '')).toEqual(others);
  });

  test('the API gets no cookie of wc-auth-server from a very long list', async () => {
    const many = Array.from(
      { length: 120 },
      (_, index) => `a${index}=${index}; ${OURS[index % OURS.length]}`,
    );
    const { headers } = scene.passed(
      await scene.sent(PATH, { headers: [['Cookie', many.join('; ')], basicHeader(scene.key)] }),
    );
    expect(headers.cookie ?? '').not.toMatch(/wc_auth|secret/);
  });

  test('wc-auth-server gets its own cookies', async () => {
    const browser = await scene.store.signIn();
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    const { status } = await scene.sent('/keys', { headers: [['Cookie', cookie]], base: scene.proxy.http });
    expect(status).toBe(200);
  });
}
