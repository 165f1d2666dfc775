import { createHmac, generateKeyPairSync, randomUUID, sign as signWith, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { testCertificates } from '../http/certificates';
import { CLIENT_ID } from './identity-provider';

type Claims = Readonly<Record<string, unknown>>;
/** How a token is signed. Default: RS256 with the provider's key. */
export interface Signing {
  readonly header?: Claims;
  readonly sign?: (input: string) => Buffer;
}

/** A provider that answers what a test wants. People do not sign in there: a test calls the redirect URI. */
export interface HostileProvider {
  readonly issuer: string;
  /** The public key, in PEM, as an attacker can read it. */
  readonly publicPem: string;
  /** Every path that was requested. */
  readonly requested: readonly string[];
  /** The ID token of the next answer. */
  idToken: string;
  /** Replaces an answer. `undefined`: the normal one again. */
  answerAt(path: string, answer: RequestListener | undefined): void;
  /** Returns a token. `changes` replaces claims of a valid ID token; `undefined` removes one. */
  token(changes: Claims, signing?: Signing): string;
  stop(): Promise<void>;
}

export const METADATA = '/.well-known/openid-configuration';
export const json = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};
export const noSignature: Signing = { header: { alg: 'none' }, sign: () => Buffer.alloc(0) };
export const withSecret = (secret: string): Signing => ({
  header: { alg: 'HS256', kid: 'first' },
  sign: (input) => createHmac('sha256', secret).update(input).digest(),
});
export const withKey = (key: KeyObject): Signing => ({ sign: (input) => rs256(input, key) });

const rs256 = (input: string, key: KeyObject): Buffer => signWith('sha256', Buffer.from(input), key);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startHostileProvider(): Promise<HostileProvider> {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const replaced = new Map<string, RequestListener>();
  const requested: string[] = [];
  const server = createServer(testCertificates().app, (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    requested.push(path);
    (replaced.get(path) ?? normal[path] ?? notFound)(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`;

  const normal: Record<string, RequestListener> = {
    [METADATA]: (_request, response) => {
      json(response, metadataOf(issuer));
    },
    '/jwks': (_request, response) => {
      const key = keys.publicKey.export({ format: 'jwk' });
      json(response, { keys: [{ ...key, kid: 'first', use: 'sig', alg: 'RS256' }] });
    },
    '/token': (_request, response) => {
      json(response, {
        access_token: 'secret-access-token',
        token_type: 'Bearer',
        id_token: provider.idToken,
      });
    },
  };
  const notFound: RequestListener = (_request, response) => {
    response.writeHead(404).end();
  };

  const provider: HostileProvider = {
    issuer,
    publicPem: keys.publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    requested,
    idToken: '',
    answerAt(path, answer) {
      if (answer) replaced.set(path, answer);
      else replaced.delete(path);
    },
    token(changes, { header = {}, sign = (input: string) => rs256(input, keys.privateKey) } = {}) {
      const at = Math.floor(Date.now() / 1000);
      const claims = { iss: issuer, aud: CLIENT_ID, iat: at, exp: at + 60, jti: randomUUID(), ...changes };
      const input = `${encode({ alg: 'RS256', kid: 'first', ...header })}.${encode(claims)}`;
      return `${input}.${sign(input).toString('base64url')}`;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return provider;
}

/** Returns the metadata of the provider. It says that it signs with everything. */
export const metadataOf = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  end_session_endpoint: `${issuer}/end`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
  authorization_response_iss_parameter_supported: true,
});
