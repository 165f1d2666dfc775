import { domainToUnicode } from 'node:url';
import type { CallbackUrl, ReturnUrl } from './urls';

export interface ShownHost {
  /** `host` or `host:port`, as a person reads it. */
  readonly shown: string;
  /** The same in ASCII, for an internationalised name: it tells look-alike letters apart. */
  readonly punycode?: string;
}

/** The host of a URL, for the consent page. */
export function shownHost(url: CallbackUrl | ReturnUrl): ShownHost {
  const { hostname, host } = new URL(url);
  const readable = domainToUnicode(hostname);
  if (readable === '' || readable === hostname) return { shown: host };
  return { shown: readable + host.slice(hostname.length), punycode: host };
}
