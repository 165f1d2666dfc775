import { domainToUnicode } from 'node:url';
import type { CallbackUrl, ReturnUrl } from './urls';

export interface ShownHost {
  /** `host` or `host:port` in readable form. */
  readonly shown: string;
  /** The same in ASCII for an internationalised name. It exposes look-alike letters. */
  readonly punycode?: string;
}

/** Returns the host of a URL for the consent page. */
export function shownHost(url: CallbackUrl | ReturnUrl): ShownHost {
  const { hostname, host } = new URL(url);
  const readable = domainToUnicode(hostname);
  if (readable === '' || readable === hostname) return { shown: host };
  return { shown: readable + host.slice(hostname.length), punycode: host };
}
