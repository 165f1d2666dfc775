import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import proxyAddr from 'proxy-addr';
import * as z from 'zod';
import { fileText } from './files';
import { parsedBy, port, type SetVariables } from './problems';

/** Which proxies are trusted, and HTTPS without a proxy. */
export interface NetworkConfig {
  /** Returns whether the peer at this address may set `X-Forwarded-*`. */
  readonly trustsProxy: (address: string) => boolean;
  /** `cert` and `key` are PEM. */
  readonly tls: { readonly port: number; readonly cert: string; readonly key: string } | undefined;
}

/** The variables of this group. */
export const networkVariables = {
  TRUST_PROXY: z
    .string()
    .default('')
    .transform(
      parsedBy(
        parseTrustedProxies,
        'must be a list of addresses, CIDR ranges, loopback, linklocal or uniquelocal',
      ),
    ),
  TLS_CERT_FILE: z.string().transform(fileText).optional(),
  TLS_KEY_FILE: z.string().transform(fileText).optional(),
  HTTPS_PORT: port(8443),
};

type Values = z.output<z.ZodObject<typeof networkVariables>>;

/** Returns what is wrong with the TLS files and ports, one line each. */
export function networkProblems(set: SetVariables): string[] {
  const { TLS_CERT_FILE: cert, TLS_KEY_FILE: key } = set;
  if (Boolean(cert) !== Boolean(key)) return ['TLS_CERT_FILE, TLS_KEY_FILE: set both of them, or neither'];
  if (cert === undefined || key === undefined) return [];
  const samePort = (set.HTTPS_PORT ?? '8443') === set.PORT && set.PORT !== '0';
  return [...tlsProblems(cert, key), ...(samePort ? ['PORT, HTTPS_PORT: must be two different ports'] : [])];
}

/** Returns this group's part of the configuration. */
export function readNetwork(values: Values): NetworkConfig {
  const { TLS_CERT_FILE: cert, TLS_KEY_FILE: key } = values;
  return {
    trustsProxy: values.TRUST_PROXY,
    tls: cert === undefined || key === undefined ? undefined : { port: values.HTTPS_PORT, cert, key },
  };
}

function parseTrustedProxies(value: string): NetworkConfig['trustsProxy'] {
  const entries = value
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  const compiled = proxyAddr.compile(entries);
  return (address) => compiled(address, 0);
}

/**
 * Checks that OpenSSL accepts the two files together. Files that cannot be read are reported by
 * their own variable.
 */
function tlsProblems(certFile: string, keyFile: string): string[] {
  try {
    createSecureContext({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
    return [];
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== undefined) return [];
    return [
      `TLS_CERT_FILE, TLS_KEY_FILE: cannot be used together: both must be PEM files, and the key must be the one of the certificate (${code})`,
    ];
  }
}
