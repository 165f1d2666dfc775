import { bytesOf, SPLIT, type Ask } from './ask';
import type { Reply } from './send';

/** Server errors that are intended: their status, and a text in the answer. */
const MEANT: readonly (readonly [status: number, text: RegExp])[] = [
  // docs/differences.md: the gateway passes no WebSocket on.
  [501, /"rest_no_upgrade"/],
  // protocol 3.4: of transfer codings it reads `chunked` alone.
  [501, /"rest_unsupported_transfer_encoding"/],
];

/** Returns what is wrong with this reply, or `undefined`. */
export function complaintOf(ask: Ask, { status, headers, text }: Reply): string | undefined {
  if (status === 0) return ask.wire === undefined ? 'the connection was closed without an answer' : undefined;
  if (status < 200 || status > 599) return `status ${status}`;
  if (status >= 500 && !isMeant(ask, status, text)) return `status ${status}: ${text.slice(0, 300)}`;
  if (SPLIT in headers) return 'a header was split';
  const type = headers['content-type'] ?? '';
  if (/text\/html/.test(type) || type === '') {
    const echo = /.{0,60}(?:<fuzz-|"fuzz'|<script>alert).{0,60}/is.exec(text);
    if (echo) return `markup comes back unescaped: ${echo[0]}`;
  } else if (text !== '' && headers['x-content-type-options'] !== 'nosniff' && ask.wire === undefined)
    return `${type} may be sniffed`;
  if (/text\/html/.test(type) && !/default-src 'none'/.test(headers['content-security-policy'] ?? ''))
    return 'a page without its Content-Security-Policy';
  const location = headers['location'];
  if (
    location !== undefined &&
    (!/^[\x21-\x7e]+$/.test(location) ||
      /^(?:javascript|data|vbscript|file|blob|about):|^\/[/\\]/i.test(location))
  )
    return `a redirect to ${location}`;
  return undefined;
}

/** Returns whether the error is intended. An answer to HEAD has only its status. */
function isMeant(ask: Ask, status: number, text: string): boolean {
  const isHead = bytesOf(ask).toString('latin1').startsWith('HEAD ');
  return MEANT.some(([meant, words]) => meant === status && (isHead || words.test(text)));
}
