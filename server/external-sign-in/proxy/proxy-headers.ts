import type { IncomingMessage } from 'node:http';
import type { AuthProxyConfig } from '../../config/sign-in';

/** What the headers of the proxy say. An empty value is unset. */
export interface ProxyHeaders {
  readonly user?: string | undefined;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  /** Separated by commas. */
  readonly groups?: string | undefined;
  readonly assertion?: string | undefined;
}

/** An entry of an index in PostgreSQL has at most 2704 bytes, and a claim `sub` 255 characters. */
const USER_MAX = 255;

/**
 * Returns what the headers of a request from a trusted proxy say.
 *
 * A header that is there twice may come from the client and from the proxy, so neither counts.
 *
 * @returns why the headers cannot be used, if they cannot.
 */
export function readProxyHeaders(
  request: Pick<IncomingMessage, 'headersDistinct'>,
  config: AuthProxyConfig,
): ProxyHeaders | { readonly because: string } {
  const names = {
    user: config.userHeader,
    email: config.emailHeader,
    name: config.nameHeader,
    groups: config.groupsHeader,
    assertion: config.jwt?.header,
  };
  const read: Record<string, string> = {};
  for (const [field, name] of Object.entries(names)) {
    const values = (name === undefined ? undefined : request.headersDistinct[name]) ?? [];
    if (values.length > 1) return { because: `${name} is there ${values.length} times` };
    const [value = ''] = values;
    const text = utf8(value);
    if (text === undefined) return { because: `${name} is not UTF-8` };
    if (/[\p{Cc}\u2028\u2029]/u.test(text)) return { because: `${name} has a control character` };
    if (field === 'user' && text.length > USER_MAX)
      return { because: `${name} has more than ${USER_MAX} characters` };
    if (text !== '') read[field] = text;
  }
  return read;
}

/** Node reads the bytes of a header as Latin-1. Proxies send UTF-8. */
function utf8(value: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1')).trim();
  } catch {
    return undefined;
  }
}
