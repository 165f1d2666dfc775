import { RestError } from '../errors/http-errors';
import type { Pair } from '../http/php-params';
import { FORM_LIMITS } from './body-reader';

const HEAD_MAX = 4_096;
/** The most characters of a part's content that can name a method. */
const VALUE_MAX = 1_000;
const CRLF = '\r\n';

// Without characters at which some readers end a boundary.
const CHARSET = /(?:;\s*charset="?[\w-]+"?\s*)*/.source;
const CONTENT_TYPE = new RegExp(
  `^\\s*multipart/[\\w-]+\\s*${CHARSET};\\s*boundary=(?:"([\\w.+=/-]{1,70})"|([\\w.+-]{1,70}))\\s*${CHARSET};?\\s*$`,
  'i',
);
/** A header of a part, without control characters. */
const HEADER = /^[a-z][a-z0-9_-]*:[^\x00-\x08\x0a-\x1f\x7f]*$/i; // eslint-disable-line no-control-regex
const DISPOSITION = /^content-disposition:/i;
/** A `Content-Disposition` in which all readers find the same parameters: without `\"`, for example. */
const PLAIN_DISPOSITION =
  /^content-disposition:[ \t]*[\w-]+(?:[ \t]*;[ \t]*(?:name="[^"\\]*"|filename="(?:[^"\\]|\\(?!"))*"|(?:file)?name=[^\s"';,=\\]+|filename\*=[^\s";,=\\]+))*[ \t]*;?$/i;

/**
 * Returns the names of each part of a multipart body, without `filename`, paired with the beginning of
 * the part's content.
 *
 * Readers disagree about unusual bodies. PHP alone joins lines and cuts them (main/rfc1867.c), so that
 * it can find names that others do not see. Therefore a body is only searched if it is written as
 * browsers and HTTP clients do (RFC 7578 section 4): all readers find the same parts in it.
 *
 * @throws RestError 415 for any other body, 413 if it has too many parts, headers or names
 */
export function multipartPairs(body: Buffer, contentType: string): Pair[] {
  const [, quoted, plain] = CONTENT_TYPE.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw unusual();
  const delimiter = `--${boundary}`;
  const has = (text: string, at: number) => body.toString('latin1', at, at + text.length) === text;
  // Django reads what is before the first boundary too.
  if (body.length > 0 && !has(delimiter, 0) && !has(CRLF + delimiter, 0)) throw unusual();
  const pairs: Pair[] = [];
  let count = 0;
  for (let next = 0; (next = body.indexOf(delimiter, next)) >= 0;) {
    if (next > 0 && !has(CRLF, next - CRLF.length)) throw unusual();
    next += delimiter.length;
    if (has('--', next)) {
      if (!/^--(?:\r\n){0,8}$/.test(body.toString('latin1', next, next + 20))) throw unusual();
      break;
    }
    const end = body.indexOf(CRLF + CRLF, next);
    if (!has(CRLF, next) || end < 0 || end > next + HEAD_MAX) throw unusual();
    const content = end + 2 * CRLF.length;
    const closing = body.indexOf(delimiter, content);
    // After an empty head, Rack reads the content as a head.
    if (end === next && closing !== content) throw unusual();
    const contentEnd = closing < 0 ? body.length : closing - CRLF.length;
    const value = body.toString('latin1', content, Math.min(contentEnd, content + VALUE_MAX));
    const head = body.toString('latin1', next + CRLF.length, end);
    const lines = head === '' ? [] : head.split(CRLF);
    for (const line of lines) {
      if (!HEADER.test(line) || (DISPOSITION.test(line) && !PLAIN_DISPOSITION.test(line))) throw unusual();
      for (const name of namesIn(line)) pairs.push([name, value]);
    }
    count += 1 + lines.length;
    if (Math.max(count, pairs.length) > FORM_LIMITS.names) throw FORM_LIMITS.tooLarge();
  }
  return pairs;
}

/**
 * Returns what readers take for a name in a header. PHP ends a name without quotes at a blank, and drops
 * blanks after a bracket; Django drops those around a name; formidable finds `name=` in a file's name;
 * Rack takes a `Content-ID`.
 */
function namesIn(header: string): string[] {
  const [, id] = /^content-id:[\s<]*([^\s>]*)/i.exec(header) ?? [];
  const loose = [...header.matchAll(/\bname=["']?([^"';]*)/gi)].map(([, name = '']) => name);
  const quoted = [...header.matchAll(/\bname="([^"]*)/gi)].map(([, name = '']) => name);
  return [...new Set([...loose, ...quoted, ...(id ? [id] : [])])].flatMap((name) => [
    name,
    name.replace(/\s.*/s, ''),
    name.replace(/\[\s+/g, '['),
    Buffer.from(name, 'latin1').toString().trim(),
  ]);
}

const unusual = () =>
  new RestError(
    415,
    'rest_unsupported_media_type',
    'With a key that may only write or opens only some groups, this server reads multipart bodies only as browsers write them (RFC 7578).',
  );
