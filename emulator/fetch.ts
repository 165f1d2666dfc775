import { rootCertificates } from 'node:tls';
import { Agent, fetch as undiciFetch, type RequestInit as UndiciInit } from 'undici';

/** Returns a `fetch` that trusts an authority, in PEM, besides the usual ones. */
export function trustingFetch(ca: string): { fetch: typeof fetch; close(): Promise<void> } {
  const dispatcher = new Agent({ connect: { ca: [ca, ...rootCertificates] } });
  const trusting = (input: string | URL | Request, init?: RequestInit) => {
    // A Request of Node's own fetch is of a different class from undici's.
    const [url, from] = input instanceof Request ? [input.url, partsOf(input)] : [input, {}];
    return undiciFetch(url, { ...from, ...(init as UndiciInit | undefined), dispatcher });
  };
  return { fetch: trusting, close: () => dispatcher.destroy() };
}

function partsOf({ method, headers, body, redirect, signal }: Request): UndiciInit {
  return {
    method,
    headers: [...headers],
    redirect,
    signal,
    ...(body ? { body: body as NonNullable<UndiciInit['body']>, duplex: 'half' } : {}),
  };
}
