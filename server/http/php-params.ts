import { isUtf8 } from 'node:buffer';

// Reads parameters as PHP does (`$_GET`, `$_POST`). WooCommerce signs and checks what PHP made of a
// request, so apps rely on it. Every string here is a "byte string": each character is one byte
// (latin1), so bytes that are not UTF-8 survive.

/**
 * A parameter's value: a byte string, or an array. Array keys, integers included, are byte strings
 * in PHP's order.
 */
export type PhpValue = string | PhpArray;
/** Not a plain object, so that a parameter named `__proto__` is an ordinary parameter. */
export type PhpArray = Map<string, PhpValue>;
/** A name and a value, both decoded. */
export type Pair = readonly [name: string, value: string];

/**
 * The default of PHP's max_input_nesting_level. It also bounds every recursion over a parsed array.
 */
const MAX_NESTING = 64;
const MAX_INDEX = 2n ** 63n - 1n;
const INTEGER_KEY = /^(?:0|-?[1-9]\d{0,18})$/;
const C_SPACE = new Set([' ', '\t', '\n', '\v', '\f', '\r']);

/**
 * Parses a query string or urlencoded body as PHP does. Takes linear time and never throws.
 *
 * `a[]`, `a[0]` and `a[x][y]` become arrays. The last of two equal names wins and takes the
 * position of the first. Dots and spaces in a name become `_`, and a malformed `%` stays. Unlike
 * PHP, it accepts any number of parameters: PHP silently drops those after the first 1000
 * (max_input_vars).
 */
export function parsePhpParams(raw: string): PhpArray {
  return phpParams(rawPairs(raw)).params;
}

/**
 * Parses decoded pairs like `parsePhpParams`. `complete` is false if PHP drops a pair, because it
 * has no name or is nested deeper than 64 levels.
 */
export function phpParams(pairs: readonly Pair[]): { readonly params: PhpArray; readonly complete: boolean } {
  const params: PhpArray = new Map();
  const nextIndex = new Map<PhpArray, bigint>();
  let complete = true;
  for (const [name, value] of pairs) complete = register(params, nextIndex, name, value) && complete;
  return { params, complete };
}

/**
 * Returns the decoded pairs of urlencoded text in wire order. Keeps duplicates and skips empty
 * pairs.
 */
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

/** Decodes like PHP's `urldecode`: `+` becomes a space, and a malformed `%` stays as it is. */
export function urlDecode(text: string): string {
  return rawUrlDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/**
 * Decodes like PHP's `rawurldecode` (RFC 3986): `+` stays a plus sign, and a malformed `%` stays as
 * it is.
 */
export function rawUrlDecode(text: string): string {
  if (!text.includes('%')) return text;
  // Takes a tenth of the time of a regular expression. It also decodes `%uXXXX`, which PHP does
  // not.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- its replacement decodes UTF-8, and throws
  return unescape(text.replaceAll('%u', '%25u'));
}

const RESERVED = /[^A-Za-z0-9\-._~]/;
const IS_RESERVED = Array.from({ length: 256 }, (_, byte) => RESERVED.test(String.fromCharCode(byte)));
const PERCENT = 0x25;
const HEX = Buffer.from('0123456789ABCDEF', 'latin1');

/**
 * Percent-encodes everything but the unreserved characters of RFC 3986 section 2.3, as RFC 5849
 * section 3.6 requires.
 */
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

/** Returns the text of a byte string, or `undefined` if the bytes are not valid UTF-8. */
export function utf8(bytes: string): string | undefined {
  const buffer = Buffer.from(bytes, 'latin1');
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined;
}

/**
 * Returns a byte string for any JavaScript string. A string with characters above U+00FF becomes
 * its UTF-8 bytes.
 */
export function byteString(text: string): string {
  return /[\u0100-\uffff]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

// Follows php_register_variable_ex of PHP's main/php_variables.c step by step.
function register(params: PhpArray, nextIndex: Map<PhpArray, bigint>, name: string, value: string): boolean {
  if (name !== '' && !SPECIAL_IN_NAME.test(name)) {
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
    // PHP does not count a top-level name as an array index, even if it is a number.
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

/**
 * The characters in a name that PHP treats specially. Nearly every name has none of them and stays
 * as it is.
 */
const SPECIAL_IN_NAME = /[\0 .[]/;

/** Returns the name before any bracket, in PHP's spelling: `x.y[z]` belongs to `x_y`. */
export function topLevelName(name: string): string {
  if (!SPECIAL_IN_NAME.test(name)) return name;
  const trimmed = untilNul(name).replace(/^ +/, '');
  const bracket = trimmed.indexOf('[');
  // An unclosed bracket is part of the name, unless it comes first.
  const isArray = bracket === 0 || (bracket > 0 && trimmed.includes(']', bracket));
  return (isArray ? trimmed.slice(0, bracket) : trimmed).replace(/[ .[]/g, '_');
}

/**
 * Splits a name into its path: `a[x][]` becomes `['a', 'x', undefined]`. Returns `undefined` for a
 * name that PHP ignores.
 */
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
    // An unclosed bracket is not a subscript. Directly after the name it is part of the name; after
    // a subscript PHP drops it.
    if (close < 0) break;
    path.push(close === at ? undefined : text.slice(start, close));
    bracket = close + 1;
  }
  return path;
}

/**
 * Returns the array key for a subscript. `[]` means one more than the highest integer key (PHP
 * 8.3).
 */
function slot(
  table: PhpArray,
  nextIndex: Map<PhpArray, bigint>,
  subscript: string | undefined,
): string | undefined {
  const key = subscript ?? String(nextIndex.get(table) ?? 0n);
  if (subscript === undefined && table.has(key)) return undefined; // there is no integer after PHP_INT_MAX
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
