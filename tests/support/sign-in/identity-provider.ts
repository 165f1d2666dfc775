import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCertificates } from '../http/certificates';

/** What the provider says of a person. */
export interface ProviderAccount {
  readonly preferred_username?: string;
  readonly name?: string;
  readonly email?: string;
  readonly groups?: string | readonly string[];
  readonly realm_access?: { readonly roles: readonly string[] };
}

/** A running oidc-provider. */
export interface IdentityProvider {
  readonly issuer: string;
  /** Creates or changes an account. Its login there is `sub`. */
  setAccount(sub: string, claims: ProviderAccount): Promise<void>;
  /**
   * Registers a store as the client.
   *
   * @param claimsInIdToken whether the ID token has all claims. Default: the userinfo endpoint has.
   */
  serve(storeUrl: string, claimsInIdToken?: boolean): Promise<void>;
  stop(): Promise<void>;
}

export const CLIENT_ID = 'store';
export const CLIENT_SECRET = 'client-secret: with a colon & more';

/** Starts oidc-provider as a process, because it is an ES module and calls the store's logout URI. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { app, caFile } = testCertificates();
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-identity-provider-'));
  const files = { CERTIFICATE: join(folder, 'cert'), KEY: join(folder, 'key') };
  writeFileSync(files.CERTIFICATE, app.cert);
  writeFileSync(files.KEY, app.key);
  const child = fork(join(__dirname, 'oidc-provider-process.mjs'), {
    env: { ...files, CLIENT_ID, CLIENT_SECRET, NODE_EXTRA_CA_CERTS: caFile },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let printed = '';
  child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const exited = once(child, 'exit');
  const [{ issuer }] = (await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error(`The provider ended: ${printed}`))),
  ])) as [{ issuer: string }];

  async function tell(message: object): Promise<void> {
    const done = once(child, 'message');
    child.send(message);
    await done;
  }

  return {
    issuer,
    setAccount: (sub, claims) => tell({ account: { sub, claims } }),
    serve: (storeUrl, claimsInIdToken = false) => tell({ store: { storeUrl, claimsInIdToken } }),
    async stop() {
      child.disconnect();
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}
