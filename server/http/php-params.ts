import { isUtf8 } from 'node:buffer';

// Parameters as PHP reads them (`$_GET`, `$_POST`): WooCommerce signs and checks what PHP made of a request, so apps count on
// it. Everything here is a "byte string": each character is one byte (latin1), and bytes that are no UTF-8 survive.

/** A parameter's value: a byte string, or an array whose keys (integers too) are byte strings in the order PHP keeps them. */
export type PhpValue = string | PhpArray;
/** Never a plain object, so that a parameter named `__proto__` is only a parameter. */
export type PhpArray = Map<string, PhpValue>;
/** A name and a value, both decoded. */
export type Pair = readonly [name: string, value: string];

/** PHP's max_input_nesting_level; it also bounds every recursion over a parsed array. */
const MAX_NESTING = 64;
const MAX_INDEX = 2n ** 63n - 1n;
const INTEGER_KEY = /^(?:0|-?[1-9]\d{0,18})$/;
const C_SPACE = new Set([' ', '\t', '\n', '\v', '\f', '\r']);

/**
 * A query string or urlencoded body as PHP parses it: `a[]`, `a[0]`, `a[x][y]` become arrays, the last of two equal names
 * wins and stands where the first stood, dots and spaces in a name become `_`, a malformed `%` stays. Takes linear time and
 * never throws. Unlike PHP it takes any number of parameters (max_input_vars is 1000 there, and the rest silently lost).
 */
export function parsePhpParams(raw: string): PhpArray {
  return phpParams(rawPairs(raw)).params;
}

/** The same from decoded pairs; `complete` is false when PHP drops one of them (no name, or nested deeper than 64). */
export function phpParams(pairs: readonly Pair[]): { readonly params: PhpArray; readonly complete: boolean } {
  const params: PhpArray = new Map();
  const nextIndex = new Map<PhpArray, bigint>();
  let complete = true;
  for (const [name, value] of pairs) complete = register(params, nextIndex, name, value) && complete;
  return { params, complete };
}

/** The decoded pairs in wire order, duplicates kept (`application/x-www-form-urlencoded`; empty pairs are none). */
export function rawPairs(raw: string): Pair[] {
  if (raw === '') return [];
  const pairs: Pair[] = [];
  for (const pair of byteString(raw).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    pairs.push(
      equals < 0
        ? [urlDecode(pair), '']
        : [urlDecode(pair.slice(0, equals)), urlDecode(pair.slice(equals + 1))],
    );
  }
  return pairs;
}

/** PHP's `urldecode`: `+` is a space, a malformed `%` stays as it is. */
export function urlDecode(text: string): string {
  return rawUrlDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** PHP's `rawurldecode` (RFC 3986): the same, but `+` is a plus sign. */
export function rawUrlDecode(text: string): string {
  if (!text.includes('%')) return text;
  // Takes a tenth of the time of a regular expression. It also decodes `%uXXXX`, which PHP does not.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- its replacement decodes UTF-8, and throws
  return unescape(text.replaceAll('%u', '%25u'));
}

const RESERVED = /[^A-Za-z0-9\-._~]/;
const IS_RESERVED = Array.from({ length: 256 }, (_, byte) => RESERVED.test(String.fromCharCode(byte)));
const PERCENT = 0x25;
const HEX = Buffer.from('0123456789ABCDEF', 'latin1');

/** Percent-encoding with only the unreserved characters of RFC 3986 section 2.3 kept, as RFC 5849 section 3.6 asks. */
export function percentEncode(bytes: string): string {
  if (!RESERVED.test(bytes)) return bytes;
  // A regular expression with a callback takes ten times as long if many bytes are reserved.
  const encoded = Buffer.allocUnsafe(3 * bytes.length);
  let at = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes.charCodeAt(index) & 0xff;
    if (IS_RESERVED[byte]) {
      encoded[at++] = PERCENT;
      encoded[at++] = HEX[byte >> 4] ?? 0;
      encoded[at++] = HEX[byte & 0xf] ?? 0;
    } else encoded[at++] = byte;
  }
  return encoded.toString('latin1', 0, at);
}

/** The text that these bytes are in UTF-8, or `undefined` when they are no UTF-8. */
export function utf8(bytes: string): string | undefined {
  const buffer = Buffer.from(bytes, 'latin1');
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined;
}

/** A byte string of any JavaScript string: one with characters above U+00FF becomes its UTF-8 bytes. */
export function byteString(text: string): string {
  return /[\u0100-\uffff]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

// php_register_variable_ex of main/php_variables.c, step by step.
function register(params: PhpArray, nextIndex: Map<PhpArray, bigint>, name: string, value: string): boolean {
  if (name !== '' && !SPELT_OTHERWISE.test(name)) {
    params.set(name, value);
    return true;
  }
  const path = subscripts(name);
  if (path === undefined) return false;
  if (path === 'too deep') {
    params.delete(topLevelName(name));
    return false;
  }
  let table = params;
  const last = path.length - 1;
  for (const [depth, subscript] of path.entries()) {
    // A top-level name is never a number that counts.
    const key = depth === 0 ? subscript : slot(table, nextIndex, subscript);
    if (key === undefined) return false;
    if (depth === last) {
      table.set(key, value);
      return true;
    }
    const inner = table.get(key);
    const child: PhpArray = inner instanceof Map ? inner : new Map<string, PhpValue>();
    if (child !== inner) table.set(key, child);
    table = child;
  }
  return false;
}

/** What PHP looks for in a name. Nearly every name is without, and stands for itself. */
const SPELT_OTHERWISE = /[\0 .[]/;

/** The name before any bracket, as PHP spells it: `x.y[z]` is a parameter of `x_y`. */
export function topLevelName(name: string): string {
  if (!SPELT_OTHERWISE.test(name)) return name;
  const trimmed = untilNul(name).replace(/^ +/, '');
  const bracket = trimmed.indexOf('[');
  // A bracket that nothing closes is a character of the name, unless it is the first.
  const isArray = bracket === 0 || (bracket > 0 && trimmed.includes(']', bracket));
  return (isArray ? trimmed.slice(0, bracket) : trimmed).replace(/[ .[]/g, '_');
}

/** `a[x][]` → `['a', 'x', undefined]`; no path at all for a name that PHP ignores. */
function subscripts(name: string): (string | undefined)[] | 'too deep' | undefined {
  const top = topLevelName(name);
  if (top === '') return undefined;
  const path: (string | undefined)[] = [top];
  const text = untilNul(name);
  let bracket = text.indexOf('[');
  while (bracket >= 0 && text[bracket] === '[') {
    if (path.length > MAX_NESTING) return 'too deep';
    const start = bracket + 1;
    const at = C_SPACE.has(text.charAt(start)) ? start + 1 : start;
    const close = text[at] === ']' ? at : text.indexOf(']', at);
    // Not a subscript after all. Behind the name it belongs to the name; behind a subscript PHP loses it.
    if (close < 0) break;
    path.push(close === at ? undefined : text.slice(start, close));
    bracket = close + 1;
  }
  return path;
}

/** The key under which a subscript stands in its array; `[]` is one more than the highest integer (PHP 8.3). */
function slot(
  table: PhpArray,
  nextIndex: Map<PhpArray, bigint>,
  subscript: string | undefined,
): string | undefined {
  const key = subscript ?? String(nextIndex.get(table) ?? 0n);
  if (subscript === undefined && table.has(key)) return undefined; // no integer is left behind PHP_INT_MAX
  if (!INTEGER_KEY.test(key)) return key;
  const index = BigInt(key);
  if (index > MAX_INDEX || index < -MAX_INDEX - 1n) return key;
  const next = nextIndex.get(table);
  if (next === undefined || index >= next) nextIndex.set(table, index < MAX_INDEX ? index + 1n : index);
  return key;
}

// C strings end at the first NUL.
function untilNul(name: string): string {
  const nul = name.indexOf('\0');
  return nul < 0 ? name : name.slice(0, nul);
}
