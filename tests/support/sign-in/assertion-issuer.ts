import type { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Signing {
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Claims that are not there. */
  readonly without?: readonly string[];
  readonly header?: Readonly<Record<string, unknown>>;
  /** Default: the issuer's own key. */
  readonly key?: CryptoKey;
}

export interface AssertionIssuer {
  readonly issuer: string;
  readonly env: Readonly<Record<string, string>>;
  /** Returns an assertion for `ada` that is valid now, with some parts replaced. */
  sign(signing?: Signing): Promise<string>;
  /** Replaces the answer with the keys. Unset: the keys. */
  keysAnswer: RequestListener | undefined;
  /** The public key in PEM. */
  readonly pem: string;
  close(): Promise<void>;
}

type CryptoKey = webcrypto.CryptoKey;

/** Starts a service that signs assertions with ES256 and publishes its key, as an identity proxy does. */
export async function startAssertionIssuer(now: () => number = Date.now): Promise<AssertionIssuer> {
  const { exportJWK, exportSPKI, generateKeyPair, SignJWT } = await import('jose');
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] };
  const server = http.createServer((request, response) => {
    if (started.keysAnswer) return started.keysAnswer(request, response);
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(keys));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = 'https://proxy.corp.test';
  const started: AssertionIssuer = {
    issuer,
    env: {
      AUTH_PROXY_JWT_HEADER: 'X-Assertion',
      AUTH_PROXY_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
      AUTH_PROXY_JWT_AUDIENCE: 'wc-auth',
      AUTH_PROXY_JWT_ISSUER: issuer,
    },
    keysAnswer: undefined,
    pem: await exportSPKI(publicKey),
    sign({ claims = {}, without = [], header = {}, key = privateKey } = {}) {
      const seconds = Math.floor(now() / 1000);
      const all: Record<string, unknown> = {
        iss: issuer,
        aud: 'wc-auth',
        sub: 'id-of-ada',
        preferred_username: 'ada',
        email: 'ada@corp.test',
        groups: ['ops'],
        iat: seconds,
        exp: seconds + 60,
        ...claims,
      };
      const kept = Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)));
      return new SignJWT(kept).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return started;
}
