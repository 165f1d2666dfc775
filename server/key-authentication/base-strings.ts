import { percentEncode, type Pair, type PhpValue } from '../http/php-params';
import { storeRoute } from '../http/route-path';
import type { StoreUrl } from '../http/store-url';
import type { ReadRequest } from './auth-request';
import { restAddress } from './rest-address';
import { OAUTH_PARAMETERS, type OAuthCredential } from './presented-credential';

/** The store's address as its clients see it. */
export type PublicUrl = Pick<StoreUrl, 'origin' | 'basePath'>;

export interface BaseStringOptions {
  /**
   * Whether to hide secrets, so that the strings can be shown: values of parameters whose name
   * suggests a secret, and everything that looks like a consumer secret.
   */
  readonly redacted?: boolean;
  /** Which forms to yield. Default: both. */
  readonly forms?: readonly SignedForm[];
}

/** How a client orders and encodes the parameters that it signs. */
export type SignedForm = 'woocommerce' | 'rfc5849';
const FORMS: readonly SignedForm[] = ['woocommerce', 'rfc5849'];

/** How many characters of a base string are shown. Differences appear long before that. */
const SHOWN_CHARACTERS_MAX = 16 * 1024;

/**
 * A parameter of a base string, encoded once. It is encoded again when all parameters are joined
 * with `=` and `&`.
 */
type EncodedPair = Pair;

/**
 * Yields every base string that the client may have signed, without duplicates.
 *
 * There are two forms, WooCommerce's and RFC 5849's, each with every URL that the client may have
 * meant. Yields nothing if neither form applies to the request. Strings are made on demand, because
 * a correct signature usually fits the first.
 */
export function* baseStrings(
  request: ReadRequest,
  credential: OAuthCredential,
  storeUrl: PublicUrl,
  { redacted = false, forms = FORMS }: BaseStringOptions = {},
): Generator<string> {
  const made = new Set<string>();
  for (const form of forms) {
    const pairs = (form === 'woocommerce' ? woocommercePairs : rfc5849Pairs)(request, credential);
    if (!pairs) continue;
    const params = percentEncode(
      (redacted ? pairs.map(hideSecret) : pairs).map(([name, value]) => `${name}=${value}`).join('&'),
    );
    for (const url of candidateUrls(request, storeUrl)) {
      const text = `${request.method}&${percentEncode(url)}&${params}`;
      if (made.size === made.add(text).size) continue;
      yield redacted ? hideConsumerSecrets(text).slice(0, SHOWN_CHARACTERS_MAX) : text;
    }
  }
}

/**
 * Returns the parameters that WooCommerce signs (class-wc-rest-authentication.php).
 *
 * They are query, POST form and header, merged as by PHP. The top level is sorted by name; nested
 * parameters keep the order of the wire. Returns `undefined` if PHP drops a parameter, because the
 * signature would not cover it.
 */
function woocommercePairs(request: ReadRequest, credential: OAuthCredential): EncodedPair[] | undefined {
  const isPost = request.method === 'POST';
  const form = isPost ? request.form() : undefined;
  if ((isPost && request.formUnseen) || !request.query().complete || form?.complete === false)
    return undefined;
  const params = new Map<string, PhpValue>(request.query().params);
  for (const [name, value] of form?.params ?? []) params.set(name, value);
  for (const [name, value] of credential.header.woocommerce) params.set(name, value);
  // The values that are checked must be those that are signed. Otherwise an attacker could replay a
  // captured PUT with a new nonce in its form, which WooCommerce does not sign.
  if (!OAUTH_PARAMETERS.every((name) => params.get(name) === credential.parameters[name])) return undefined;
  params.delete('oauth_signature');
  const pairs: EncodedPair[] = [];
  for (const name of [...params.keys()].sort()) flatten(pairs, percentEncode(name), params.get(name) ?? '');
  return pairs;
}

// Recursion is as deep as the arrays, whose depth the parser limits.
function flatten(pairs: EncodedPair[], name: string, value: PhpValue): void {
  if (typeof value === 'string') {
    pairs.push([name, percentEncode(value)]);
    return;
  }
  for (const [key, inner] of value) flatten(pairs, `${name}%5B${nestedKey(key)}%5D`, inner);
}

// WooCommerce encodes a nested key once less than everything else. If that would make two requests
// look the same (`a[b]=1&a[c]=2` and `a[b%5D=1&a%5Bc]=2`), the key is fully encoded, as in RFC
// 5849.
function nestedKey(key: string): string {
  return /[%&=]/.test(key) ? percentEncode(key) : key;
}

/**
 * Returns the parameters that RFC 5849 section 3.4.1.3 signs: every pair of query, form and header,
 * with duplicates, sorted by encoded name and value. Returns `undefined` if the signature would not
 * cover the credential.
 */
function rfc5849Pairs(request: ReadRequest, credential: OAuthCredential): EncodedPair[] | undefined {
  if (request.formUnseen) return undefined;
  const sent = [...request.query().pairs, ...request.form().pairs, ...credential.header.rfc5849].filter(
    ([name]) => name !== 'oauth_signature',
  );
  // As above, the values that are checked must be those that are signed. Section 3.1 forbids
  // repeated parameters, but a repeated equal value is harmless.
  for (const name of OAUTH_PARAMETERS) {
    const values = sent.filter(([other]) => other === name).map(([, value]) => value.replaceAll('+', ' '));
    const effective = credential.parameters[name].replaceAll('+', ' ');
    if (name !== 'oauth_signature' && (values.length === 0 || values.some((value) => value !== effective)))
      return undefined;
  }
  return sent
    .map(([name, value]): EncodedPair => [percentEncode(name), percentEncode(value)])
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Yields the URLs that the client may have signed (RFC 5849 section 3.4.1.2).
 *
 * Those on the store's public origin come first, then those on the origin that the request itself
 * names. The path is the one that was sent, or the canonical path of the same route (protocol 3.0).
 */
function* candidateUrls(request: ReadRequest, { origin, basePath }: PublicUrl): Generator<string> {
  const { path } = request;
  const route = storeRoute(request.target, basePath);
  const publicPath = route.base === basePath ? path : `${basePath}${path}`;
  const first = `${origin}${publicPath}`;
  yield first;
  const others = new Set(spellings(origin, basePath, publicPath));
  const canonical = restAddress(route)?.path ?? route.path;
  others.add(`${origin}${basePath}${canonical}`);
  const own = ownOrigin(request);
  if (own !== undefined)
    for (const url of [
      ...spellings(own, basePath, publicPath),
      ...spellings(own, '', path),
      `${own}${basePath}${canonical}`,
      `${own}${canonical}`,
    ])
      others.add(url);
  others.delete(first);
  yield* others;
}

// WooCommerce's home URL has no trailing slash.
function spellings(origin: string, base: string, path: string): string[] {
  const url = `${origin}${path}`;
  return path === `${base}/` ? [url, `${origin}${base}`] : [url];
}

// Matches a host and a port only. With `shop.example/wp-json` as Host, a signature would count for
// another path.
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

function ownOrigin({ host, secure }: ReadRequest): string | undefined {
  const name = host?.trim().toLowerCase();
  if (name === undefined || !HOST.test(name)) return undefined;
  return secure ? `https://${name.replace(/:443$/, '')}` : `http://${name.replace(/:80$/, '')}`;
}

function hideSecret([name, value]: EncodedPair): EncodedPair {
  return [name, /secret|password|token/i.test(name) && value !== '' ? 'REDACTED' : value];
}

function hideConsumerSecrets(text: string): string {
  return text.replace(/cs_[0-9a-f]{32,}/gi, 'cs_REDACTED');
}
