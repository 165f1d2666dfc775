import type { WarningCode } from '../../../emulator/woocommerce/warning-list';

interface Difference {
  readonly cases: RegExp;
  /** What the test kit raises. Empty: no app can notice the difference, for this reason. */
  readonly warnings: readonly WarningCode[];
  readonly reason?: string;
}

const raises = (cases: RegExp, ...warnings: WarningCode[]): Difference => ({ cases, warnings });
const none = (cases: RegExp, reason: string): Difference => ({ cases, warnings: [], reason });

/** Conformance cases that differ from WooCommerce on purpose. docs/testing-differences.md is this table. */
export const DIFFERENCES: readonly Difference[] = [
  none(
    /^validation\/scope\/value-"(?:READ|Read|readwrite|write_read|read\+write|admin)"$/,
    'both name the scope with the same text',
  ),
  raises(/^validation\/scope\/|^addressing\/echo\//, 'error-text'),
  none(/^(?:validation|grant)\/app_name\/html$/, 'both remove tags from the name'),
  none(
    /^grant\/(?:user_id|app_name)\/(?:number|leading-zero|float|null|percent|unicode)$|^login\/through-chain\/user_id-spaces$/,
    'both deliver the same value',
  ),
  raises(
    /^(?:validation|grant)\/app_name\/|^login\/(?:awkward-params|through-chain\/app_name-)/,
    'app-name-changed',
  ),
  raises(
    /^(?:validation|grant)\/user_id\/|^grant\/deny\/user_id-|^login\/through-chain\/user_id-/,
    'user-id-changed',
  ),
  none(
    /^(?:validation|grant)\/\w+_url\/(?:port-too-big|scheme-only|space-path|leading-space|tab|backslash)$/,
    'both reject the URL with the same text',
  ),
  raises(
    /^(?:validation|grant)\/\w+_url\/(?:blank|path-only|javascript|data)$|callback_url\/file$/,
    'error-text',
  ),
  raises(/_url\/(?:userinfo|mailto|file)$|^addressing\/return\/blocked$/, 'url-accepted-there'),
  raises(
    /^(?:grant\/(?:return_url|deny)\/custom|login\/page-custom-scheme|addressing\/return\/)/,
    'return-url-app-scheme',
  ),
  raises(
    /^validation\/callback_url\/ipv4$|^callback\/default\/(?!odd)|^own\/address\//,
    'callback-address',
    'callback-url-ipv6',
  ),
  raises(/^callback\/default\/odd-port$/, 'callback-url-port'),
  raises(
    /^(?:validation|grant)\/return_url\/|^grant\/deny\/query|^login\/(?:page-existing|login-survives|url-through-chain\/(?:plus|double))/,
    'return-url-rejected',
  ),
  raises(/^login\/url-through-chain\//, 'return-url-changed'),
  none(/^callback\/url\/query-encoded-url$/, 'the callback reads the same parameters'),
  raises(/^validation\/callback_url\/|^callback\/url\/(?:query|unicode)/, 'callback-url-rejected'),
  raises(/^callback\/url\/userinfo$/, 'url-accepted-there'),
  none(/^callback\/url\/unresolvable$/, 'both reject it; only the text for the manager differs'),
  raises(/^callback\/redirect\//, 'callback-redirect'),
  raises(/^callback\/(?:broken|tls|connect)\//, 'callback-failure'),
  none(
    /^callback\/(?:status|headers)/,
    'the callback gets the same request, and the page has the same sentence',
  ),
  raises(/^addressing\/name\//, 'app-name-invisible'),
  none(
    /^(?:grant\/(?:method|nonce)|grant\/deny\/then-approve|own\/nonce\/parallel$|routes\/access_granted|login\/logout)/,
    'it happens between the browser and the pages of the store',
  ),
  none(/^validation\/transport\//, 'only the format of an error differs'),
  none(/^keys\//, 'no app sees the database'),
  raises(
    /^rest\/endpoint\/(?:product-missing|no-route)\/\w+\/none$|^rest\/credential\/(?!query-unknown)|^rest\/headers\/none$/,
    'no-credential',
  ),
  raises(
    /^rest\/endpoint\/[\w-]+\/https\/|^callback\/use-key|^rest\/credential\/query-unknown|^rest\/owner\/(?:deleted|revoked)|addressing\/(?:rest-route\/unknown-key|slashes\/revoke)$/,
    'unknown-key',
  ),
  raises(/^rest\/endpoint\/[\w-]+\/http\/|rest-route\/plain-http$/, 'plain-http'),
  raises(/^addressing\/key\/bearer$/, 'bearer'),
  raises(/^rest\/method-override\/|^addressing\/body\/method-override$|^own\/override\//, 'method-override'),
  raises(/^rest\/owner\/customer$/, 'owner-not-manager'),
  none(
    /^rest\/headers\//,
    'further headers, which WooCommerce does not send; only WWW-Authenticate matters (no-credential)',
  ),
  raises(/^oauth\/(?:encoding|body)\//, 'signature-rfc5849'),
  raises(/^addressing\/(?:slashes\/two-oauth|rest-route\/oauth)$/, 'signature-url'),
  none(/^oauth\/wrong\/signed-https-sent-http$/, 'the store listens on one scheme'),
  none(/^oauth\/timestamp\/array$/, 'both reject it'),
  raises(/^oauth\/timestamp\//, 'timestamp'),
  raises(/^oauth\/nonce\//, 'nonce'),
  none(
    /^own\/nonce\/parallel-oauth$/,
    'both reject a nonce that is used again; only at the same moment may WooCommerce accept it twice',
  ),
  raises(/^addressing\/preflight\//, 'preflight'),
  none(/^addressing\/legacy/, 'WooCommerce has no such route'),
  none(
    /^(?:own\/gateway|own\/grant|addressing\/(?:cors\/of-the-api|rest-route\/dot-segments))/,
    'it is about a gateway, which the store does not have, or about a header that is added',
  ),
];

/** Returns the text of an entry in docs/testing-differences.md. */
export function outcomeOf({ warnings, reason }: Difference): string {
  return reason === undefined ? warnings.map((code) => `\`${code}\``).join(', ') : `none: ${reason}`;
}
