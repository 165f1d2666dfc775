import type { Agent } from 'node:https';
import { EmulatorError } from './errors';
import { elementTexts, formWith, htmlForms, linkHref, type HtmlForm } from './html-forms';
import { httpClient, type Answer, type HttpClient } from './http-client';

/** How the visit of a manager ended. */
export type VisitOutcome =
  | { readonly returnedTo: string }
  | {
      /** What the page says, in one text. */
      readonly rejected: string;
      readonly status: number;
    };

export interface Visitor {
  readonly login: string;
  readonly password: string;
}

/** Names the visit that a request belongs to, so that its delivery can be told from others. */
export const VISIT_HEADER = 'x-wc-auth-visit';

const REDIRECTS_MAX = 5;

/**
 * Returns the function with which a person opens a connect URL, signs in and decides: through the
 * pages, over HTTP, as a browser does.
 */
export function managerVisits(storeUrl: string, agent: Agent) {
  let jars = new Map<string, Map<string, string>>();
  const absolute = (target: string) => (target.startsWith('/') ? new URL(storeUrl).origin + target : target);

  /** Follows redirects within the store to a page, and signs in if it asks for that. */
  async function open(browser: HttpClient, url: string, visitor: Visitor): Promise<Answer> {
    let answer = await browser.get(url);
    let signedIn = false;
    for (let count = 0; count < REDIRECTS_MAX; count++) {
      if (answer.status === 302) answer = await browser.get(absolute(answer.location));
      else if (answer.status === 200 && isSignIn(answer) && !signedIn) {
        signedIn = true;
        const form = formWith(answer.body, 'wc_auth_csrf');
        const fields = { ...form.fields, username: visitor.login, password: visitor.password };
        answer = await browser.post(absolute(form.action), Object.entries(fields));
      } else break;
    }
    return answer;
  }

  return {
    async decide(
      connectUrl: string,
      visitor: Visitor,
      { decision, visit }: { readonly decision: 'approve' | 'deny'; readonly visit: string },
    ): Promise<VisitOutcome> {
      const jar = jars.get(visitor.login) ?? new Map<string, string>();
      jars.set(visitor.login, jar);
      const browser = httpClient(agent, jar, { [VISIT_HEADER]: visit });
      const page = await open(browser, connectUrl, visitor);
      const form = page.status === 200 ? consentForm(page.body) : undefined;
      if (!form) return rejection(page);
      const button = form.buttons.find(({ classes }) => classes.includes(`wc-auth-${decision}`));
      const fields = [
        ...Object.entries(form.fields),
        ...form.ticked.map(({ name, value }) => [name, value] as const),
      ];
      const answer = await browser.post(absolute(button?.formaction ?? form.action), fields);
      const returnedTo = answer.status === 302 ? answer.location : linkHref(answer.body, 'wc-auth-return');
      return returnedTo === undefined ? rejection(answer) : { returnedTo };
    },
    /** Forgets all sessions. */
    forget(): void {
      jars = new Map();
    },
  };
}

const isSignIn = ({ body }: Answer) =>
  htmlForms(body).some(({ fields }) => 'wc_auth_csrf' in fields && 'password' in fields);

function consentForm(html: string): HtmlForm | undefined {
  return htmlForms(html).find(({ fields }) => 'wc_auth_nonce' in fields);
}

/** Returns what a page that is not the consent says: its error, the cause, and what to change. */
function rejection({ status, body }: Answer): VisitOutcome {
  const said = ['error-line', 'said', 'notice-bad', 'lead'].map((name) => elementTexts(body, name));
  const [error = [], explanation = [], notice = [], lead = []] = said;
  const texts = [...error, ...explanation, ...notice];
  if (texts.length === 0 && lead.length === 0)
    throw new EmulatorError(`The store answered with status ${status} and an unexpected page.`);
  return { status, rejected: (texts.length > 0 ? texts : lead).join(' ') };
}
