import { percentEncode, type Pair, type PhpValue } from '../http/php-params';
import { storeRoute } from '../http/route-path';
import type { StoreUrl } from '../http/store-url';
import type { ReadRequest } from './auth-request';
import { restAddress } from './rest-address';
import { OAUTH_PARAMETERS, type OAuthCredential } from './presented-credential';

/** Where the store is for its clients. */
export type PublicUrl = Pick<StoreUrl, 'origin' | 'basePath'>;

export interface BaseStringOptions {
  /** For showing them: values of parameters that are secrets by name, and anything that looks like a consumer secret, are hidden. */
  readonly redacted?: boolean;
}

/** As much of a base string is shown; what differs is seen long before. */
const SHOWN_MAX = 16 * 1024;

/** One parameter in its place in a base string: encoded once, to be encoded again with all others, `=` and `&` between. */
type EncodedPair = Pair;

/**
 * Every string that the request's signature may have been made over: WooCommerce's form and RFC 5849's, each with every URL
 * that the client may have meant, none twice. Empty when neither form applies to this request. Each is made when it is asked
 * for: a right signature mostly fits the first.
 */
export function* baseStrings(
  request: ReadRequest,
  credential: OAuthCredential,
  storeUrl: PublicUrl,
  { redacted = false }: BaseStringOptions = {},
): Generator<string> {
  const made = new Set<string>();
  for (const form of [woocommercePairs, rfc5849Pairs]) {
    const pairs = form(request, credential);
    if (!pairs) continue;
    const params = percentEncode(
      (redacted ? pairs.map(hideSecret) : pairs).map(([name, value]) => `${name}=${value}`).join('&'),
    );
    for (const url of candidateUrls(request, storeUrl)) {
      const text = `${request.method}&${percentEncode(url)}&${params}`;
      if (made.size === made.add(text).size) continue;
      yield redacted ? hideConsumerSecrets(text).slice(0, SHOWN_MAX) : text;
    }
  }
}

/**
 * WooCommerce's parameters (class-wc-rest-authentication.php): query, POST form and header as PHP merges them, the top level
 * sorted by name, what is nested left in the order of the wire. `undefined` where PHP drops a parameter, which the
 * signature then would not cover.
 */
function woocommercePairs(request: ReadRequest, credential: OAuthCredential): EncodedPair[] | undefined {
  const isPost = request.method === 'POST';
  const form = isPost ? request.form() : undefined;
  if ((isPost && request.formUnseen) || !request.query().complete || form?.complete === false)
    return undefined;
  const params = new Map<string, PhpValue>(request.query().params);
  for (const [name, value] of form?.params ?? []) params.set(name, value);
  for (const [name, value] of credential.header.woocommerce) params.set(name, value);
  // What is checked must be what is signed: else a captured PUT could be sent again with a new nonce in a form that
  // WooCommerce does not look at.
  if (!OAUTH_PARAMETERS.every((name) => params.get(name) === credential.parameters[name])) return undefined;
  params.delete('oauth_signature');
  const pairs: EncodedPair[] = [];
  for (const name of [...params.keys()].sort()) flatten(pairs, percentEncode(name), params.get(name) ?? '');
  return pairs;
}

// No deeper than the parser lets arrays be.
function flatten(pairs: EncodedPair[], name: string, value: PhpValue): void {
  if (typeof value === 'string') {
    pairs.push([name, percentEncode(value)]);
    return;
  }
  for (const [key, inner] of value) flatten(pairs, `${name}%5B${nestedKey(key)}%5D`, inner);
}

// WooCommerce encodes a nested key once less than everything else. Where that would make two requests look the same
// (`a[b]=1&a[c]=2` and `a[b%5D=1&a%5Bc]=2`) the key is encoded in full, as RFC 5849 has it.
function nestedKey(key: string): string {
  return /[%&=]/.test(key) ? percentEncode(key) : key;
}

/** RFC 5849 section 3.4.1.3: every pair of query, form and header, duplicates kept, sorted by encoded name and value. */
function rfc5849Pairs(request: ReadRequest, credential: OAuthCredential): EncodedPair[] | undefined {
  if (request.formUnseen) return undefined;
  const sent = [...request.query().pairs, ...request.form().pairs, ...credential.header.rfc5849].filter(
    ([name]) => name !== 'oauth_signature',
  );
  // The same as above. Section 3.1 wants each only once; sent again with the same value it does no harm.
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
 * RFC 5849 section 3.4.1.2, first on the store's public origin, then on the one that the request itself named. The path is the
 * one that was sent, or the canonical one of the same route (protocol 3.0).
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

// WooCommerce's home URL has no slash at its end.
function spellings(origin: string, base: string, path: string): string[] {
  const url = `${origin}${path}`;
  return path === `${base}/` ? [url, `${origin}${base}`] : [url];
}

// Nothing but a host and a port: `shop.example/wp-json` as Host would let a signature count for another path.
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
