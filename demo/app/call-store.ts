import { createHmac } from 'node:crypto';
import OAuth from 'oauth-1.0a';
import type { CallResult, KeyPair } from './connections';

const TIMEOUT_MS = 10_000;

/**
 * Calls the store with the key. OAuth 1.0a signs each request, so the secret never travels, not
 * even over plain HTTP.
 */
export async function callStore(
  { consumer_key: key, consumer_secret: secret }: KeyPair,
  method: 'GET' | 'POST',
  url: string,
  json?: unknown,
): Promise<CallResult> {
  const oauth = new OAuth({
    consumer: { key, secret },
    signature_method: 'HMAC-SHA256',
    hash_function: (base, signingKey) => createHmac('sha256', signingKey).update(base).digest('base64'),
  });
  const signature = oauth.toHeader(oauth.authorize({ method, url }));
  const sent = { request: `${method} ${url}`, signature: signature.Authorization };
  try {
    const response = await fetch(url, {
      method,
      headers: {
        Accept: 'application/json',
        ...signature,
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    return { ...sent, status: response.status, body: legible(await response.text()) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { ...sent, status: undefined, body: cause instanceof Error ? cause.message : String(cause) };
  }
}

function legible(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body.slice(0, 4_000);
  }
}
