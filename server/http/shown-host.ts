import { domainToUnicode } from 'node:url';
import { parseUrl } from './parse-url';

export interface ShownHost {
  /** `host` or `host:port` in readable form. */
  readonly shown: string;
  /** The same in ASCII for an internationalized name. It exposes look-alike letters. */
  readonly punycode?: string;
}

/** Returns the host of a URL as pages show it. Text that is not a URL stays as it is. */
export function shownHost(url: string): ShownHost {
  const parsed = parseUrl(url);
  if (!parsed) return { shown: url };
  const { hostname, host } = parsed;
  const readable = domainToUnicode(hostname);
  if (readable === '' || readable === hostname) return { shown: host };
  return { shown: readable + host.slice(hostname.length), punycode: host };
}

/** Returns the host of a URL for a sentence: `bücher.example (xn--bcher-kva.example)`. */
export function hostInBothForms(url: string): string {
  const { shown, punycode } = shownHost(url);
  return punycode === undefined ? shown : `${shown} (${punycode})`;
}

/** Returns a name or an address without a port for a sentence. */
export function nameInBothForms(name: string): string {
  const readable = domainToUnicode(name);
  return readable === '' || readable === name ? name : `${readable} (${name})`;
}
