import { domainToUnicode } from 'node:url';
import type { CallbackUrl } from './urls';

export interface CallbackHost {
  /** `host` or `host:port`, as a person reads it. */
  readonly shown: string;
  /** The same in ASCII, for an internationalised name: it tells look-alike letters apart. */
  readonly punycode?: string;
}

/** Where the keys will be sent, for the consent page. */
export function callbackHost(url: CallbackUrl): CallbackHost {
  const { hostname, host } = new URL(url);
  const readable = domainToUnicode(hostname);
  if (readable === '' || readable === hostname) return { shown: host };
  return { shown: readable + host.slice(hostname.length), punycode: host };
}
