import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { TLSSocket } from 'node:tls';
import { deliveryFailureOf, type DeliveryFailure } from '../callback-delivery/delivery-failure';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The end of the certificate's validity, over https. */
  readonly validUntil?: Date;
  /** This end of the connection. */
  readonly localPort: number | undefined;
  readonly ms: number;
}

/** An answer, or why there is none. */
export type HttpOutcome =
  | { readonly answer: HttpAnswer }
  | {
      readonly failure: DeliveryFailure;
      /** The names in a certificate that belongs to another host. */
      readonly names?: string;
    };

export type HttpGet = (url: string, headers?: Readonly<Record<string, string>>) => Promise<HttpOutcome>;

const BODY_LIMIT = 64 * 1024;

/**
 * Returns a function that sends one GET to an address of the operator: STORE_URL or UPSTREAM_URL.
 * The rules for the addresses of callbacks do not apply to these. Follows no redirect and never
 * rejects.
 *
 * `ca`: PEM. Default: Node's own list of authorities, with `NODE_EXTRA_CA_CERTS`.
 */
export function httpGet({ timeoutMs, ca }: { timeoutMs: number; ca?: string | undefined }): HttpGet {
  return (url, headers = {}) =>
    new Promise((resolve) => {
      const started = performance.now();
      const settle = (outcome: HttpOutcome) => {
        clearTimeout(deadline);
        resolve(outcome);
        request.destroy();
      };
      const fail = (error: unknown) => {
        const names = namesIn(error);
        settle({ failure: deliveryFailureOf(error), ...(names === undefined ? {} : { names }) });
      };
      const deadline = setTimeout(() => {
        settle({ failure: { kind: 'timeout', afterMs: timeoutMs } });
      }, timeoutMs);
      const request = (url.startsWith('https:') ? https : http).get(url, {
        agent: false,
        headers: { Accept: 'application/json', 'User-Agent': 'wc-auth doctor', ...headers },
        // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise switch it off.
        rejectUnauthorized: true,
        ...(ca === undefined ? {} : { ca }),
      });
      request.on('error', fail);
      request.on('response', (response) => {
        const { socket } = response;
        const connection = {
          localPort: socket.localPort,
          ...(socket instanceof TLSSocket
            ? { validUntil: new Date(socket.getPeerCertificate().valid_to) }
            : {}),
        };
        let body = '';
        const done = () => {
          const { statusCode: status = 0, headers: received } = response;
          const ms = Math.round(performance.now() - started);
          settle({ answer: { status, headers: received, body, ms, ...connection } });
        };
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
          if (body.length > BODY_LIMIT) done();
        });
        response.on('end', done);
        response.on('error', fail);
      });
    });
}

/** Returns the names in the certificate that an error of Node is about. */
function namesIn(error: unknown): string | undefined {
  const { cert } = error as { cert?: { subjectaltname?: string } };
  return cert?.subjectaltname?.replaceAll(/DNS:|IP Address:/g, '');
}
