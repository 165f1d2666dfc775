import { getDomain } from 'tldts';
import { hasDomain, urlParts } from './url-parts';
import type { CallbackUrl, ReturnUrl } from './urls';

/**
 * Returns whether the browser goes back to another site than the keys go to.
 *
 * A site is a registrable domain of the Public Suffix List, including its private part, so two
 * customers of one hosting company are two sites. A host without such a domain (`localhost`, an
 * address) is a site of its own. Scheme and port do not count. An app's own scheme names no site.
 */
export function leadsElsewhere(returnUrl: ReturnUrl, callbackUrl: CallbackUrl): boolean {
  const parts = urlParts(returnUrl);
  return parts !== undefined && hasDomain(parts) && siteOf(returnUrl) !== siteOf(callbackUrl);
}

function siteOf(url: ReturnUrl | CallbackUrl): string {
  const hostname = new URL(url).hostname.replace(/\.$/, '');
  return getDomain(hostname, { allowPrivateDomains: true }) ?? hostname;
}
