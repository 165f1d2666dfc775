import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { CallbackAddressRules, LookupAll, Rejection } from './address-rules';
import { canonicalHost } from './allow-hosts';
import type { Deliver } from './deliver';
import { deliveryFailureOf, type DeliveryFailure } from './delivery-failure';
import { parseCallbackUrl, type CallbackUrl } from './urls';

type UrlProblem = 'not-a-url' | 'not-https';
const URL_PROBLEMS: readonly UrlProblem[] = ['not-a-url', 'not-https'];

/** What a step found. The first step that fails is the last one in the list. */
export type CallbackStep =
  | { readonly step: 'url'; readonly url?: CallbackUrl; readonly problem?: UrlProblem }
  | { readonly step: 'address'; readonly addresses: readonly string[]; readonly rejection?: Rejection }
  | { readonly step: 'connection'; readonly ms: number; readonly failure?: DeliveryFailure }
  | { readonly step: 'certificate'; readonly failure?: DeliveryFailure; readonly validUntil?: Date }
  | { readonly step: 'answer'; readonly ms: number; readonly failure?: DeliveryFailure };

export interface TryCallbackDependencies {
  readonly rules: CallbackAddressRules;
  readonly deliver: Deliver;
  readonly lookup: LookupAll;
  /** For the connection and the TLS handshake together, in milliseconds. */
  readonly timeoutMs: number;
  /** PEM. Default: the certificate authorities of Node. */
  readonly ca?: string | undefined;
}

/**
 * Returns why a step failed, in the terms of a delivery. A URL that is not valid has no failure.
 */
export function failureIn(step: CallbackStep): DeliveryFailure | undefined {
  if (step.step === 'url') return undefined;
  if (step.step === 'address')
    return step.rejection && { kind: 'address-refused', rejection: step.rejection };
  return step.failure;
}

/** A pair in the right form that belongs to no store. */
const UNUSABLE_KEY = {
  key_id: 0,
  user_id: 'try-callback',
  consumer_key: `ck_${'0'.repeat(40)}`,
  consumer_secret: `cs_${'0'.repeat(40)}`,
  key_permissions: 'read',
} as const;

/**
 * Checks a callback URL step by step, as a grant would meet it: URL, address rules, connection,
 * certificate. With `send`, it also posts a body in the form of a delivery, whose key does not
 * exist. Never rejects.
 */
export function callbackTrial(dependencies: TryCallbackDependencies) {
  const { rules, deliver, lookup, timeoutMs, ca } = dependencies;

  async function resolved(url: CallbackUrl): Promise<string[]> {
    const { hostname } = new URL(url);
    const host = canonicalHost(hostname);
    if (isIP(host)) return [host];
    return new Promise((resolve) => {
      lookup(hostname, { all: true }, (error, addresses) => {
        resolve(error ? [] : addresses.map(({ address }) => address));
      });
    });
  }

  /** Opens a TLS connection to a checked address and closes it. No HTTP request is sent. */
  function handshake(url: CallbackUrl): Promise<CallbackStep[]> {
    const started = performance.now();
    const elapsed = () => Math.round(performance.now() - started);
    const { hostname, port } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    return new Promise((resolve) => {
      const steps: CallbackStep[] = [];
      const settle = (...last: CallbackStep[]) => {
        clearTimeout(deadline);
        socket.destroy();
        resolve([...steps, ...last]);
      };
      const fail = (failure: DeliveryFailure) => {
        if (steps.length === 0 && failure.kind !== 'tls')
          settle({ step: 'connection', ms: elapsed(), failure });
        else settle({ step: 'certificate', failure });
      };
      const deadline = setTimeout(() => {
        fail({ kind: 'timeout', afterMs: timeoutMs });
      }, timeoutMs);
      const socket: TLSSocket = connect({
        host,
        port: port === '' ? 443 : Number(port),
        servername: isIP(host) ? '' : canonicalHost(host),
        lookup: rules.lookupFor(url),
        rejectUnauthorized: true,
        ...(ca === undefined ? {} : { ca }),
      });
      socket.once('connect', () => steps.push({ step: 'connection', ms: elapsed() }));
      socket.once('secureConnect', () => {
        settle({ step: 'certificate', validUntil: new Date(socket.getPeerCertificate().valid_to) });
      });
      socket.once('error', (error) => {
        fail(deliveryFailureOf(error));
      });
    });
  }

  return async (value: string, send: boolean): Promise<readonly CallbackStep[]> => {
    const parsed = parseCallbackUrl(value);
    const problem = URL_PROBLEMS.find((name) => name === parsed);
    if (problem) return [{ step: 'url', problem }];
    const url = parsed as CallbackUrl;
    const steps: CallbackStep[] = [{ step: 'url', url }];

    const rejection = await rules.check(url);
    if (rejection) return [...steps, { step: 'address', addresses: [], rejection }];
    steps.push({ step: 'address', addresses: await resolved(url) });

    steps.push(...(await handshake(url)));
    if (!send || steps.some((step) => 'failure' in step)) return steps;

    const outcome = await deliver(url, UNUSABLE_KEY);
    const failure = outcome.delivered ? {} : { failure: outcome.reason };
    return [...steps, { step: 'answer', ms: outcome.ms, ...failure }];
  };
}
