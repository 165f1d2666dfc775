import { encodeForm, type HttpBrowser } from '../support/http/http-browser';
import { htmlForms } from '../support/http/html-forms';
import { ask as grantAsk, route } from '../support/scenes/grant-scene';
import { FORM, MARKUP, routeOf, type Ask } from './ask';
import { API_KEYS, apiRequests } from './api-requests';
import { PASSWORD, STORE_ORIGIN, type Scene } from './scene';

/** Values for the empty fields of our forms. The other fields are sent as the page has them. */
const TYPED: Readonly<Record<string, string>> = {
  username: 'fuzz',
  password: PASSWORD,
  current_password: PASSWORD,
  new_password: PASSWORD,
  new_password_again: PASSWORD,
  description: `Made ${MARKUP}`,
  permissions: 'read_write',
  login: 'newcomer',
  email: 'newcomer@store.test',
  name: `Newcomer ${MARKUP}`,
  role: 'customer',
};
/** Forms that end the session. They are sent by a user whose session no other request needs. */
export const ENDS_SESSION = /\/logout|sign-out/;

/** The pages of the console, with the queries of their links. */
function pagesOf(userId: number, keyId: number): string[] {
  const filters = 'search=Key&owner=fuzz&app=App&permissions=read_write&unused=1&sort=created-asc&paged=1';
  return [
    '/',
    '/keys',
    `/keys?${filters}`,
    '/keys/new',
    `/keys/${keyId}?changed=1`,
    `/keys/${keyId}/replace`,
    `/keys/revoke?key_id[]=${keyId}`,
    `/keys/revoke?user_id=${userId}&app=${encodeURIComponent(`App ${MARKUP}`)}`,
    '/apps',
    `/apps?who=me&search=Key&paged=1&disconnected=${keyId}`,
    `/apps/disconnect?user_id=${userId}&app=${encodeURIComponent(`App ${MARKUP}`)}`,
    '/history',
    `/history?event=session.signed_in&person=fuzz&app=App&key=${keyId}&before=99999999`,
    `/history.csv?person=fuzz&key=${keyId}`,
    '/account?done=password',
    '/users?search=fuzz&paged=1',
    '/users/new',
    `/users/${userId}?done=role`,
    `/users/${userId}/disable`,
    `/users/${userId}/remove`,
    `/users/${userId}/role?role=customer`,
    '/wc-auth/v1/logout?redirect_to=%2Fkeys',
  ];
}

const PUBLIC = [
  '/login?redirect_to=%2Fkeys&logged_out=1',
  '/wc-auth/assets/theme.css',
  '/wc-auth/assets/style.css?v=1',
  '/.well-known/oauth-authorization-server',
  '/?wc-auth-version=1&wc-auth-route=authorize&app_name=x',
  '/nothing/here',
];

/**
 * Returns requests that the server answers normally, including forms with tokens. Mutations start
 * from them.
 */
export async function knownGood(scene: Scene): Promise<readonly Ask[]> {
  await scene.tidy();
  const fuzz = await scene.account('fuzz');
  const [manager, leaver] = [await scene.signIn('fuzz'), await signInAs(scene, 'leaver')];
  const other = await scene.account('other');
  const [key, ownKey] = [await scene.key(other), await scene.key(fuzz)];
  // One key each, because some of these requests revoke their key.
  const appKeys = await Promise.all(Array.from({ length: API_KEYS }, () => scene.key(fuzz)));
  const stranger = scene.stranger();
  const grants = scene.callbacks.map((callback_url) =>
    grantAsk({ app_name: `Grant ${MARKUP}`, user_id: `u ${MARKUP}`, callback_url }),
  );
  const grantPages = grants.map((grant) => route('authorize', grant));
  const pages = [...pagesOf(other, key.keyId), `/keys/${ownKey.keyId}`, `/users/${fuzz}`, ...grantPages];
  return [
    ...(await asVisitor(manager, pages, (action) => !ENDS_SESSION.test(action))),
    ...(await asVisitor(leaver, ['/account', '/wc-auth/v1/logout'], (action) => ENDS_SESSION.test(action))),
    ...(await asVisitor(stranger, [...PUBLIC, ...grants.map((grant) => route('login', grant))])),
    ...apiRequests(appKeys),
  ];
}

const signInAs = async (scene: Scene, login: string) => {
  await scene.account(login);
  return scene.signIn(login);
};

/** Returns the pages themselves, and every form on them. */
async function asVisitor(
  browser: HttpBrowser,
  targets: readonly string[],
  wanted: (action: string) => boolean = () => true,
): Promise<Ask[]> {
  const asks: Ask[] = [];
  for (const target of targets) {
    const page = await browser.get(target);
    const headers = () => [['Cookie', cookiesOf(browser)] as const];
    asks.push({ route: `GET ${routeOf(target)}`, method: 'GET', target, headers: headers(), body: '' });
    for (const { action, method, fields, buttons } of htmlForms(page.body)) {
      const filled = Object.entries(fields).map(
        ([name, value]) => [name, value || (TYPED[name] ?? '')] as const,
      );
      const chosen = /users\/new$|\/role/.test(action) ? [...filled, ['role', 'customer'] as const] : filled;
      for (const to of new Set(
        [action, ...buttons.flatMap(({ formaction }) => formaction ?? [])].filter(wanted),
      ))
        asks.push(asForm(method, to, encodeForm(chosen), headers()));
    }
  }
  return asks;
}

function asForm(method: string, action: string, form: string, headers: Ask['headers']): Ask {
  if (method === 'get')
    return { route: `GET ${routeOf(action)}`, method: 'GET', target: `${action}?${form}`, headers, body: '' };
  const further = [
    ['Content-Type', FORM],
    ['Origin', STORE_ORIGIN],
  ] as const;
  return {
    route: `POST ${routeOf(action)}`,
    method: 'POST',
    target: action,
    headers: [...headers, ...further],
    body: form,
  };
}

const cookiesOf = ({ cookies }: HttpBrowser) => [...cookies].map((pair) => pair.join('=')).join('; ');
