import { Router, type RequestHandler } from 'express';
import { PageError } from '../errors/http-errors';
import { tooManyAttempts } from '../errors/too-many-attempts';
import { ownPath } from '../http/own-path';
import { requestParams, textParam } from '../http/request-params';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';
import type { SignInChoices } from '../session/sign-in-choices';
import { clientNetwork } from '../throttle/client-network';
import { failureLimits } from '../throttle/failure-limits';
import type { ThrottleCounts } from '../throttle/throttle-counts';
import { EXTERNAL_WAYS, type ExternalWay, type SignInWay } from '../users/sign-in-way';
import type { Beginning, ExternalSignInWay } from './external-way';

export interface ExternalSignInDependencies {
  /** SIGN_IN. */
  readonly ways: readonly SignInWay[];
  /** Those of them that are external. */
  readonly external: Readonly<Partial<Record<ExternalWay, ExternalSignInWay>>>;
  readonly counts: ThrottleCounts;
  readonly storeUrl: StoreUrl;
  readonly visitorOf: VisitorOf;
  readonly now: () => number;
}

const tooManyBegun = (waitMs: number) =>
  new PageError(429, 'sign_in.too_many', { headers: tooManyAttempts(waitMs).headers });

/** Each attempt is a row, so one network can begin only so many of them within this time. */
const ATTEMPTS_PER_NETWORK = 300;
const WINDOW_MS = 15 * 60_000;
const SIGN_IN = '/wc-auth/v1/sign-in';

/**
 * Returns what the sign-in page offers, and the routes of all external ways:
 * `/wc-auth/v1/sign-in/WAY?redirect_to=PATH` begins one, with `again=1` as a fresh sign-in.
 */
export function externalSignIn(dependencies: ExternalSignInDependencies): {
  choices: SignInChoices;
  router: RequestHandler;
} {
  const { ways, external, counts, storeUrl, visitorOf, now } = dependencies;
  const limits = failureLimits({ counts, windowMs: WINDOW_MS, now });

  async function begin(way: ExternalWay, beginning: Beginning): Promise<void> {
    const network = clientNetwork(visitorOf(beginning.request).address);
    const limit = { counted: ['begun sign-in', network], most: ATTEMPTS_PER_NETWORK } as const;
    const waitMs = await limits.settle([limit], { failed: true });
    if (waitMs > 0) throw tooManyBegun(waitMs);
    await external[way]?.begin(beginning);
  }

  const hrefOf = (way: ExternalWay, returnTo: string) =>
    `${storeUrl.basePath}${SIGN_IN}/${way}?redirect_to=${encodeURIComponent(returnTo)}`;

  const router = Router();
  for (const way of EXTERNAL_WAYS) {
    const one = external[way];
    if (!one) continue;
    router.get(`${SIGN_IN}/${way}`, async (request, response) => {
      const params = requestParams(request);
      const returnTo = ownPath(textParam(params, 'redirect_to'), storeUrl) ?? `${storeUrl.basePath}/`;
      await begin(way, { request, response, returnTo, isFresh: textParam(params, 'again') === '1' });
    });
    if (one.router) router.use(one.router);
  }

  return {
    choices: {
      ways,
      button: (way, returnTo) => {
        const { label } = external[way] ?? {};
        return { way, href: hrefOf(way, returnTo), ...(label === undefined ? {} : { label }) };
      },
      freshHref: (way, returnTo) => `${hrefOf(way, returnTo)}&again=1`,
      begin: (way, visit) => begin(way, { ...visit, isFresh: false }),
      signOutHref: async ({ way, ...session }) => external[way]?.signOutHref?.(session),
    },
    router,
  };
}
