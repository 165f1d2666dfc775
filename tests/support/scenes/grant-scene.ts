import { encodeForm, type Answer, type HttpBrowser } from '../http/http-browser';

/** The five parameters as an app writes them into its link. */
export interface Ask {
  readonly app_name: string;
  readonly user_id: string;
  readonly return_url: string;
  readonly callback_url: string;
  readonly scope: string;
}

/** Returns the parameters of an app, with some replaced. */
export function ask(changes: Partial<Ask> = {}): Ask {
  return {
    app_name: 'Parcel Pilot',
    user_id: '42',
    return_url: 'https://app.example/done',
    callback_url: 'https://localhost:1/cb',
    scope: 'read_write',
    ...changes,
  };
}

export const route = (name: string, parameters: Ask): string =>
  `/wc-auth/v1/${name}?${encodeForm({ ...parameters })}`;

/** An open consent page with the values of its form. */
export interface Consent {
  readonly page: Answer;
  readonly fields: Readonly<Record<string, string>>;
  readonly nonce: string;
}

/** Leads a signed-in manager to the consent page. */
export async function openConsent(browser: HttpBrowser, parameters: Ask): Promise<Consent> {
  const page = await browser.get(route('authorize', parameters));
  if (page.status !== 200) throw new Error(`no consent page but ${page.status}: ${page.body}`);
  const { fields } = page.form('wc_auth_nonce');
  return { page, fields, nonce: fields['wc_auth_nonce'] ?? '' };
}

/** Presses Approve. `replace` lists the ticked keys, which work for `overlap` more days. */
export function approve(
  browser: HttpBrowser,
  { page, fields }: Consent,
  replace: readonly number[] = [],
  overlap = '0',
) {
  const { unticked } = page.form('wc_auth_nonce');
  const ticked = unticked.filter(({ value }) => replace.includes(Number(value)));
  return browser.post('/wc-auth/v1/access_granted', [
    ...Object.entries({ ...fields, ...(replace.length > 0 ? { overlap } : {}) }),
    ...ticked.map(({ name, value }) => [name, value] as const),
  ]);
}

/** Presses Deny. */
export function deny(browser: HttpBrowser, { fields }: Consent): Promise<Answer> {
  return browser.post('/wc-auth/v1/access_denied', fields);
}

/** Goes from the consent page to Approve. */
export async function grant(browser: HttpBrowser, parameters: Ask): Promise<Answer> {
  return approve(browser, await openConsent(browser, parameters));
}
