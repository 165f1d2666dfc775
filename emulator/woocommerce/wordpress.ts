import { parsePhpParams, percentEncode, urlDecode, type PhpValue } from '../../server/http/php-params';

// What functions of WordPress and PHP do to a text. Every text is a byte string, as in php-params.ts.

/** Returns what `wc_clean` (`sanitize_text_field`) leaves of a text. */
export function wcClean(text: string): string {
  const stripped = text.includes('<') ? withoutTags(escapeOpenTags(text)) : text;
  let clean = stripped.replace(/[\r\n\t ]+/g, ' ').trim();
  let escape: RegExpExecArray | null;
  let found = false;
  while ((escape = /%[a-f0-9]{2}/i.exec(clean))) {
    clean = clean.replaceAll(escape[0], '');
    found = true;
  }
  return found ? clean.replace(/ +/g, ' ').trim() : clean;
}

// wp_pre_kses_less_than: a `<` that no `>` closes becomes an entity.
function escapeOpenTags(text: string): string {
  return text.replace(/<[^>]*?((?=<)|>|$)/g, (match) =>
    match.includes('>') ? match : match.replaceAll('&', '&amp;').replaceAll('<', '&lt;'),
  );
}

// wp_strip_all_tags
function withoutTags(text: string): string {
  return text.replace(/<(script|style)[^>]*?>.*?<\/\1>/gis, '').replace(/<[^>]*>/g, '');
}

/**
 * Returns what `add_query_arg` makes of a URL. It decodes the URL's own parameters and encodes them
 * again, but it does not encode the new ones. `undefined` removes a parameter.
 */
export function addQueryArg(added: Readonly<Record<string, string | undefined>>, url: string): string {
  const hash = url.indexOf('#');
  const beforeFragment = hash < 0 ? url : url.slice(0, hash);
  const mark = beforeFragment.indexOf('?');
  const base = mark < 0 ? beforeFragment : beforeFragment.slice(0, mark);
  const pairs = new Map<string, string>();
  for (const [name, value] of parsePhpParams(mark < 0 ? '' : beforeFragment.slice(mark + 1)))
    flatten(pairs, name, value);
  for (const [name, value] of Object.entries(added))
    if (value === undefined) pairs.delete(name);
    else pairs.set(name, value);
  const query = [...pairs].map((pair) => pair.join('=')).join('&');
  const joined = `${base}?${query.replace(/=(?=&|$)/g, '')}${hash < 0 ? '' : url.slice(hash)}`;
  return joined.replace(/\?+$/, '').replaceAll('?#', '#');
}

function flatten(pairs: Map<string, string>, name: string, value: PhpValue): void {
  if (typeof value === 'string') pairs.set(name, percentEncode(value).replaceAll('%20', '+'));
  else for (const [key, inner] of value) flatten(pairs, `${name}%5B${key}%5D`, inner);
}

// wp_allowed_protocols
const PROTOCOLS = new Set(
  'http https ftp ftps mailto news irc irc6 ircs gopher nntp feed telnet mms rtsp sms svn tel fax xmpp webcal urn'.split(
    ' ',
  ),
);

/** Returns what `esc_url_raw` leaves of a URL: nothing if WordPress does not know its scheme. */
export function escUrlRaw(url: string): string {
  let clean = url
    .replace(/^\s+/, '')
    .replaceAll(' ', '%20')
    .replace(/[^a-z0-9\-~+_.?#=!&;,/:%@$|*'()[\]\x80-\xff]/gi, '');
  while (/%0[ad]/i.test(clean)) clean = clean.replace(/%0[ad]/gi, '');
  clean = clean.replaceAll(';//', '://');
  const [, scheme = '', rest = ''] = /^([^:/?#]*):(.*)$/s.exec(clean) ?? [];
  if (!PROTOCOLS.has(scheme.toLowerCase())) return '';
  const [, authority = '', after = ''] = /^(\/\/[^/?#]*)?(.*)$/s.exec(rest) ?? [];
  return `${scheme}:${authority}${after.replaceAll('[', '%5B').replaceAll(']', '%5D')}`;
}

/** Returns what `wp_sanitize_redirect` leaves of a `Location`. */
export function sanitizeRedirect(location: string): string {
  return location
    .replaceAll(' ', '%20')
    .replace(/[\x80-\xff]+/g, percentEncode)
    .replace(/[^a-z0-9\-~+_.?#=&;,/:%!*[\]()@]/gi, '');
}

/** Returns a URL as WooCommerce reads it: decoded once more, with a scheme. */
export function formattedUrl(url: string): string {
  const decoded = urlDecode(url);
  return decoded.includes('://') ? decoded : `https://${decoded}`;
}

/** Returns whether PHP's `FILTER_VALIDATE_URL` accepts a URL. */
export function isUrl(url: string): boolean {
  if (/[^A-Za-z0-9$\-_.+!*'(),{}|\\^~[\]`<>#%";/?:@&=]/.test(url)) return false;
  const parts = /^([a-z][a-z0-9+.-]*):(\/\/([^/?#]*))?/i.exec(url);
  if (!parts) return false;
  const [, scheme = '', , authority] = parts;
  if (authority === undefined || authority === '') return /^(?:file|mailto|news)$/i.test(scheme);
  const hostAndPort = authority.slice(authority.lastIndexOf('@') + 1);
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(hostAndPort) ?? [];
  if (host === '' || (port !== '' && (!/^\d{1,5}$/.test(port) || Number(port) > 65535))) return false;
  if (!/^https?$/i.test(scheme) || /^\[[0-9a-f:.]+\]$/i.test(host)) return true;
  const name = host.replace(/\.$/, '');
  return name.length <= 253 && name.split('.').every((label) => LABEL.test(label));
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
