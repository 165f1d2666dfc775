import type { Request } from 'express';
import type { AuthProxyConfig } from '../../config/sign-in';
import type { VisitorOf } from '../../http/visitor';
import { roleOf } from '../../users/role-mapping';
import type { Identity } from '../identity';
import type { ProviderFetch } from '../provider-fetch';
import type { RejectionReason } from '../rejected-sign-ins';
import { proxyAssertion, type AssertionClaims } from './proxy-assertion';
import { readProxyHeaders, type ProxyHeaders } from './proxy-headers';

/** Whom the proxy names in a request. */
export interface ProxyPerson {
  readonly identity: Identity;
  /** What the assertion says. Unset: there is none. Milliseconds since 1970, UTC. */
  readonly signedInAt?: number | undefined;
}

export type ProxyFinding = ProxyPerson | { readonly rejected: RejectionReason; readonly because: string };

export type ProxyIdentity = ReturnType<typeof proxyIdentity>;

/**
 * Returns the function that tells whom the proxy names in a request. It reads the headers only if
 * TRUST_PROXY names the peer that sent them.
 *
 * With an assertion, the person is its `sub`. Without one, it is the value of the user header.
 */
export function proxyIdentity({
  config,
  visitorOf,
  requests,
  now,
}: {
  readonly config: AuthProxyConfig;
  readonly visitorOf: VisitorOf;
  /** Fetches the keys of assertions. */
  readonly requests: ProviderFetch;
  readonly now: () => number;
}) {
  const { jwt } = config;
  const check = jwt && proxyAssertion(jwt, requests, now);

  /** An email address or groups come from their header if there is a setting for it. */
  function personOf(issuer: string, headers: ProxyHeaders, claims?: AssertionClaims): Identity {
    const subject = claims?.subject ?? headers.user ?? '';
    const email = config.emailHeader === undefined ? claims?.email : headers.email;
    const name = config.nameHeader === undefined ? claims?.name : headers.name;
    const groups =
      config.groupsHeader === undefined ? (claims?.groups ?? []) : (headers.groups ?? '').split(',');
    const role = roleOf(
      groups.map((group) => group.trim()),
      config.roles,
    );
    return {
      subject: { way: 'proxy', issuer, subject },
      preferredLogin: claims?.preferredUsername ?? headers.user ?? email ?? subject,
      ...(email === undefined ? {} : { email }),
      ...(name === undefined ? {} : { name }),
      ...(role === undefined ? {} : { role }),
    };
  }

  return async (request: Request): Promise<ProxyFinding> => {
    if (!visitorOf(request).behindProxy) return noHeader('TRUST_PROXY does not name the peer');
    const headers = readProxyHeaders(request, config);
    if ('because' in headers) return noHeader(headers.because);
    if (!jwt || !check) {
      if (headers.user === undefined) return noHeader(`${config.userHeader} is missing or empty`);
      return { identity: personOf('', headers) };
    }
    if (headers.assertion === undefined) return noHeader(`${jwt.header} is missing or empty`);
    const outcome = await check(headers.assertion);
    if ('rejected' in outcome) return outcome;
    const { claims } = outcome;
    const names = [claims.subject, claims.preferredUsername, claims.email];
    if (headers.user !== undefined && !names.includes(headers.user))
      return {
        rejected: 'bad_proof',
        because: `${config.userHeader} and ${jwt.header} name different people`,
      };
    return { identity: personOf(jwt.issuer, headers, claims), signedInAt: claims.signedInAt };
  };
}

const noHeader = (because: string) => ({ rejected: 'no_header', because }) as const;
