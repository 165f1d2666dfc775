import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import https from 'node:https';
import type { SecureContext } from 'node:tls';

/** How long one exchange with another system may take, with all its requests, in milliseconds. */
const EXCHANGE_MS = 10_000;
/** The most bytes of an answer that are read. */
const ANSWER_MAX = 512 * 1024;

/** What `openid-client` and `jose` pass to a `fetch` of their own. */
interface FetchOptions {
  readonly method?: string | undefined;
  readonly headers?: Headers | Record<string, string> | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | null | undefined;
}

export interface ProviderFetch {
  /** Never follows a redirect, because a code or a token would go along. */
  readonly fetch: (url: string, options: FetchOptions) => Promise<Response>;
  /** Runs an exchange. Its requests fail when its time is over. */
  readonly exchange: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Returns the only code that sends requests to a system that signs people in.
 *
 * @param secureContext whom the requests trust. Default: the certificate authorities of Node.
 */
export function providerFetch(secureContext?: () => SecureContext): ProviderFetch {
  const deadlines = new AsyncLocalStorage<AbortSignal>();
  return {
    exchange: (work) => deadlines.run(AbortSignal.timeout(EXCHANGE_MS), work),

    fetch: (url, { method = 'GET', headers, body, signal }) =>
      new Promise((resolve, reject) => {
        const signals = [signal, deadlines.getStore()].filter((one) => one != null);
        const ended = AbortSignal.any(signals);
        const options = {
          method,
          headers: Object.fromEntries(new Headers(headers)),
          agent: false,
          signal: ended,
          ...(secureContext ? { secureContext: secureContext() } : {}),
        };
        const fail = (error: Error) => {
          reject(ended.aborted ? (ended.reason as Error) : error);
        };
        const request = (url.startsWith('https:') ? https : http).request(url, options, (answer) => {
          readAnswer(answer).then(resolve, (error: unknown) => {
            fail(error as Error);
            request.destroy();
          });
        });
        request.on('error', fail);
        request.end(bodyText(body));
      }),
  };
}

/** The packages send a form, or nothing. */
const bodyText = (body: unknown): string | undefined =>
  body instanceof URLSearchParams ? body.toString() : typeof body === 'string' ? body : undefined;

async function readAnswer(answer: http.IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_MAX) throw new Error(`The answer has more than ${ANSWER_MAX} bytes.`);
    chunks.push(chunk);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value));
  // The constructor throws for a status that it does not know, and for a 204 with a body.
  return new Response(size === 0 ? null : Buffer.concat(chunks), {
    status: answer.statusCode ?? 0,
    headers,
  });
}
