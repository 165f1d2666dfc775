import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Permissions } from '../consumer-keys/consumer-key';
import type { StoreUrl } from '../http/store-url';
import type { CallbackAddressRules } from './address-rules';
import { canonicalHost } from './allow-hosts';
import { deliveryFailureOf, type DeliveryFailure } from './delivery-failure';
import { printable, urlParts } from './url-parts';
import type { CallbackUrl } from './urls';

/**
 * The body that the app gets, with the names of the wire. `user_id` is the app's own id, always a
 * string.
 */
export interface CallbackPayload {
  readonly key_id: number;
  readonly user_id: string;
  readonly consumer_key: string;
  readonly consumer_secret: string;
  readonly key_permissions: Permissions;
}

/** The outcome and its time in milliseconds. */
export type DeliveryOutcome =
  | { readonly delivered: true; readonly ms: number }
  | { readonly delivered: false; readonly reason: DeliveryFailure; readonly ms: number };

export type Deliver = (url: CallbackUrl, payload: CallbackPayload) => Promise<DeliveryOutcome>;

export interface CallbackDeliveryDependencies {
  readonly rules: Pick<CallbackAddressRules, 'checkLiteral' | 'lookupFor'>;
  readonly userAgent: string;
  readonly storeUrl: StoreUrl;
  /** For the whole exchange: lookup, connection, TLS and response. */
  readonly timeoutMs: number;
  /** Default: trusts Node's own list of authorities, with `NODE_EXTRA_CA_CERTS`. */
  readonly secureContext?: (() => SecureContext) | undefined;
}

const BODY_LIMIT = 64 * 1024;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Posts a new key pair to the app and reports the outcome. Never rejects.
 *
 * Only status 200 counts as success, as in WooCommerce. Redirects are not followed, because the
 * keys would travel to an address that the manager did not approve. TLS certificates are always
 * verified.
 */
export function callbackDelivery({
  rules,
  userAgent,
  storeUrl,
  timeoutMs,
  secureContext,
}: CallbackDeliveryDependencies): { deliver: Deliver } {
  function post(url: CallbackUrl, body: Buffer): ClientRequest {
    const { hostname, port } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    const options: RequestOptions & { autoSelectFamilyAttemptTimeout: number } = {
      method: 'POST',
      host,
      port: port === '' ? 443 : port,
      path: requestTarget(url),
      headers: {
        Accept: '*/*',
        'Content-Type': 'application/json;charset=UTF-8',
        'Content-Length': body.length,
        'User-Agent': userAgent,
        'X-WC-Webhook-Source': `${storeUrl.href}/`,
      },
      // A new connection, so that `Connection: close` is sent and no proxy or pooled socket is
      // used.
      agent: false,
      // RFC 6066 section 3: a server name is neither an address nor ends with a dot. If this is
      // empty, Node checks the certificate against `host`.
      servername: isIP(host) ? '' : canonicalHost(host),
      lookup: rules.lookupFor(url),
      // Node gives each address 250 ms by default. A handshake with a distant server takes longer.
      autoSelectFamilyAttemptTimeout: 1000,
      // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise switch it off.
      rejectUnauthorized: true,
      ...(secureContext && { secureContext: secureContext() }),
    };
    return httpsRequest(options);
  }

  async function exchange(url: CallbackUrl, payload: CallbackPayload): Promise<DeliveryFailure | undefined> {
    const rejection = rules.checkLiteral(url);
    if (rejection) return { kind: 'address-refused', rejection };
    const body = bodyOf(payload);
    const request = post(url, body);
    return new Promise((resolve) => {
      const settle = (failure?: DeliveryFailure) => {
        clearTimeout(deadline);
        resolve(failure);
        request.destroy();
      };
      const fail = (error: unknown) => {
        settle(deliveryFailureOf(error));
      };
      const deadline = setTimeout(settle, timeoutMs, { kind: 'timeout', afterMs: timeoutMs });
      request.on('error', fail);
      request.on('upgrade', () => {
        settle({ kind: 'status', status: 101 });
      });
      request.on('response', (response) => {
        const failure = failureOfStatus(response.statusCode ?? 0);
        if (failure) settle(failure);
        else readAndDrop(response, settle, fail);
      });
      request.end(body);
    });
  }

  return {
    async deliver(url, payload) {
      const started = performance.now();
      const reason = await exchange(url, payload).catch(deliveryFailureOf);
      const ms = Math.round(performance.now() - started);
      return reason ? { delivered: false, reason, ms } : { delivered: true, ms };
    },
  };
}

// Exactly these five members in this order, because some apps compare the raw text.
function bodyOf(payload: CallbackPayload): Buffer {
  return Buffer.from(
    JSON.stringify({
      key_id: payload.key_id,
      user_id: payload.user_id,
      consumer_key: payload.consumer_key,
      consumer_secret: payload.consumer_secret,
      key_permissions: payload.key_permissions,
    }),
  );
}

// Path and query as the app wrote them, because it may have signed them. A fragment is not sent
// (RFC 9110 section 7.1).
function requestTarget(url: CallbackUrl): string {
  const [target = ''] = (urlParts(url)?.rest ?? '').split('#');
  return printable(target.startsWith('/') ? target : `/${target}`);
}

function failureOfStatus(status: number): DeliveryFailure | undefined {
  if (status === 200) return undefined;
  return { kind: REDIRECTS.includes(status) ? 'redirect' : 'status', status };
}

// The app answered 200, so its body is ignored. A response that ends early counts as a failure.
function readAndDrop(response: IncomingMessage, done: () => void, fail: (error: unknown) => void): void {
  let read = 0;
  response.on('data', (chunk: Buffer) => {
    read += chunk.length;
    if (read > BODY_LIMIT) done();
  });
  response.on('end', done);
  response.on('error', fail);
}
