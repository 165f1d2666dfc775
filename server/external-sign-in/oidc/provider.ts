// The package is an ES module, which is loaded when it is needed.
import type * as OpenidClient from 'openid-client' with { 'resolution-mode': 'import' };
import type { OidcConfig } from '../../config/sign-in';
import type { ProviderFetch } from '../provider-fetch';

/** What is known of the provider after its metadata was read. */
export interface Provider {
  readonly client: typeof OpenidClient;
  readonly configuration: OpenidClient.Configuration;
}

export interface OidcProviderDependencies {
  readonly oidc: OidcConfig;
  readonly requests: ProviderFetch;
}

/** Runs an exchange with the provider, after its metadata were read. */
export type OidcProvider = <T>(work: (provider: Provider) => T | Promise<T>) => Promise<T>;

/** For one request, in seconds. The limit of the whole exchange ends it earlier. */
const REQUEST_S = 10;

/**
 * Returns the function through which all exchanges with the provider go. The first one reads the
 * provider's metadata (OpenID Connect Discovery 1.0), which are kept. After a failure, the next one
 * tries again.
 */
export function oidcProvider({ oidc, requests }: OidcProviderDependencies): OidcProvider {
  let kept: Promise<Provider> | undefined;

  async function discover(): Promise<Provider> {
    const client = await import('openid-client');
    const issuer = new URL(oidc.issuer);
    const configuration = await client.discovery(issuer, oidc.clientId, {}, clientSecret(client), {
      [client.customFetch]: requests.fetch,
      timeout: REQUEST_S,
      execute: [
        // The signature of the ID token, which the package otherwise takes on trust from TLS.
        client.enableNonRepudiationChecks,
        // The configuration allows http only for a provider on this machine.
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to be conspicuous
        ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
      ],
    });
    const { issuer: named } = configuration.serverMetadata();
    // Accounts are stored with the issuer, so there must be one spelling of it.
    if (named !== oidc.issuer)
      throw new Error(`OIDC_ISSUER must be spelled as the provider does: ${JSON.stringify(named)}.`);
    return { client, configuration };
  }

  /** Sends the secret as the provider wants it. The default is Basic (Discovery, section 3). */
  function clientSecret({
    ClientSecretBasic,
    ClientSecretPost,
  }: typeof OpenidClient): OpenidClient.ClientAuth {
    return (server, metadata, body, headers) => {
      const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = server;
      const send = methods.includes('client_secret_basic') ? ClientSecretBasic : ClientSecretPost;
      send(oidc.clientSecret)(server, metadata, body, headers);
    };
  }

  return (work) =>
    requests.exchange(async () => {
      kept ??= discover().catch((error: unknown) => {
        kept = undefined;
        throw error;
      });
      return work(await kept);
    });
}
