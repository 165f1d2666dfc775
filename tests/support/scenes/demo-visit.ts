import type { Page } from 'playwright-core';
import type { AnswerName } from '../../../demo/app/answers';
import type { Demo } from './demo';

/** The values to fill in at the app. The others stay as the form suggests. */
export interface Wish {
  readonly scope?: 'read' | 'write' | 'read_write';
  readonly userId?: string;
  readonly answer?: AnswerName;
}

/** Presses "Connect your store" at the app. */
export async function connect(page: Page, demo: Demo, { scope, userId, answer }: Wish = {}): Promise<void> {
  await page.goto(demo.appUrl);
  if (scope !== undefined) await page.check(`input[name=scope][value=${scope}]`);
  if (userId !== undefined) await page.fill('#user_id', userId);
  if (answer !== undefined) {
    await page.click('summary');
    await page.selectOption('#answer', answer);
  }
  await page.getByRole('button', { name: 'Connect your store' }).click();
}

/** Returns the URL that an app would open, with some parameters changed. */
export async function authorizeUrl(
  page: Page,
  demo: Demo,
  {
    answer = 'at_once',
    ...changes
  }: { answer?: Wish['answer']; return_url?: string; app_name?: string; user_id?: string } = {},
): Promise<string> {
  const form = { store_url: demo.storeUrl, scope: 'read', user_id: 'm-1', answer };
  const asked = await page.request.post(`${demo.appUrl}/connect`, { form, maxRedirects: 0 });
  const url = new URL(asked.headers()['location'] ?? '');
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
  return url.href;
}

/** Returns the app's own page about the connection that this URL asks for. */
export function connectionUrl(demo: Demo, authorize: string): string {
  const callback = new URL(authorize).searchParams.get('callback_url') ?? '';
  return `${demo.appUrl}/connections/${callback.split('/').pop() ?? ''}`;
}

/** Fills in the store's sign-in form and sends it. */
export async function signIn(
  page: Page,
  { login, password }: Pick<Demo, 'login' | 'password'>,
): Promise<void> {
  await page.getByLabel('Username or email address').fill(login);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export const approve = (page: Page) => page.locator('.wc-auth-approve').click({ noWaitAfter: true });
export const deny = (page: Page) => page.locator('.wc-auth-deny').click({ noWaitAfter: true });

/** Goes from the app's button back to its page with a key. */
export async function connectAndApprove(page: Page, demo: Demo, wish: Wish = {}): Promise<void> {
  await connect(page, demo, wish);
  await page.waitForSelector('.wc-auth-approve, #password');
  if (await page.locator('#password').isVisible()) await signIn(page, demo);
  await approve(page);
  await page.getByRole('heading', { name: 'Your store is connected' }).waitFor();
}
