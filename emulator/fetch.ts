import { Agent, fetch as undiciFetch, type BodyInit, type Response as Answer } from 'undici';
import { trusting } from './trust';

/**
 * Returns a `fetch` that trusts an authority, in PEM, besides the usual ones. It takes and answers
 * the platform's own `Request`, `Headers`, `FormData` and `Response`.
 */
export function trustingFetch(ca: string): { fetch: typeof fetch; close(): Promise<void> } {
  const dispatcher = new Agent({ connect: { secureContext: trusting([ca]) } });
  return {
    // Node's own fetch cannot be used: that of Node 26 rejects the agents of undici 6.
    async fetch(input, init) {
      const request = new Request(input, init);
      const { url, method, redirect, integrity, signal } = request;
      const headers = [...request.headers];
      // A stream would be sent without a Content-Length.
      const body: BodyInit | null = request.body && (await request.arrayBuffer());
      const parts = { method, headers, body, redirect, integrity, signal, dispatcher };
      return responseOf(await undiciFetch(url, parts));
    },
    close: () => dispatcher.destroy(),
  };
}

/** Returns an answer of undici as the platform's own `Response`, which is another class. */
function responseOf(answer: Answer): Response {
  const { body, status, statusText, headers, url, redirected, type } = answer;
  const response = new Response(body, { status, statusText, headers: [...headers] });
  return Object.defineProperties(response, {
    url: { value: url },
    redirected: { value: redirected },
    type: { value: type },
  });
}
