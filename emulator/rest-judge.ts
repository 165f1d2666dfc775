import type { Request } from 'express';
import { parseStoreUrl } from '../server/http/store-url';
import { readRequest } from '../server/key-authentication/auth-request';
import { presentedCredential } from '../server/key-authentication/presented-credential';
import { rawBodyOf } from '../server/key-authentication/raw-body';
import { authRequestOf } from '../server/key-authentication/request-of';
import { unknownKey } from '../server/key-authentication/verification-errors';
import type { StoreApi } from './api/store-api';
import type { RememberedPairs } from './pairs';
import type { Decision, RestFrontDependencies } from './rest-front';
import type { Warning } from './store';
import type { NonceMemory } from './woocommerce/nonce-memory';
import { judgeRequest, type Verdict } from './woocommerce/warnings';

export interface RestJudgeDependencies {
  readonly url: string;
  readonly strict: boolean;
  readonly pairs: RememberedPairs;
  readonly earlyError: StoreApi['earlyError'];
  readonly nonces: NonceMemory;
  readonly note: (warnings: readonly Warning[]) => void;
}

/**
 * Returns the function that notes where WooCommerce would decide differently about a request, and
 * in strict mode answers as WooCommerce.
 */
export function restJudge({
  url,
  strict,
  pairs,
  earlyError,
  nonces,
  note,
}: RestJudgeDependencies): RestFrontDependencies['decided'] {
  const storeUrl = parseStoreUrl(url);
  if (!storeUrl) throw new Error(`no URL of a store: ${url}`);
  return ({ request, rejected }) => {
    const secure = 'encrypted' in request.socket;
    const form = rawBodyOf(request)?.toString('latin1');
    const ours: Verdict = rejected ? verdictOf(rejected) : { accepted: true };
    // A key that is revoked leaves its pair.
    const isUnknown = 'message' in ours && ours.message === unknownKey().message;
    const pair = isUnknown ? undefined : namedPair(request, secure, form);
    const { warnings, woocommerce } = judgeRequest({
      request,
      form,
      secure,
      storeUrl,
      earlyError,
      nonces,
      ours,
      pair,
    });
    note(warnings);
    if (!strict || !woocommerce || 'accepted' in woocommerce) return undefined;
    const { status, code, message } = woocommerce;
    return { status, json: { code, message, data: { status } } };
  };

  /** Returns the pair that the request names. It may not have proven it. */
  function namedPair(request: Request, secure: boolean, form: string | undefined) {
    const visitor = {
      host: request.headers.host,
      secure,
      address: request.socket.remoteAddress ?? '',
      behindProxy: false,
    };
    const credential = presentedCredential(readRequest(authRequestOf(request, visitor, form)));
    const name =
      credential.kind === 'plain'
        ? credential.consumerKey
        : credential.kind === 'oauth'
          ? credential.parameters.oauth_consumer_key
          : undefined;
    return name === undefined ? undefined : pairs.of(name.trim());
  }
}

/** Returns the verdict of an answer of the key check. */
function verdictOf({ status, body }: NonNullable<Decision['rejected']>): Verdict {
  const { code = '', message = '' } = parsed(body);
  return { status, code, message };
}

function parsed(body: string | undefined): { code?: string; message?: string } {
  try {
    return JSON.parse(body ?? '{}') as { code?: string; message?: string };
  } catch {
    return {};
  }
}
