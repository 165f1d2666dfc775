import { bytesOf, SPLIT, type Ask } from './ask';
import type { Random } from './random';

type Tangle = (head: string, body: string, random: Random) => string;

const chunked = (head: string) =>
  head.replace(/^content-length:.*\r\n/im, '').replace(/\r\n\r\n$/, '\r\nTransfer-Encoding: chunked\r\n\r\n');
const anywhere = (text: string, put: string, random: Random) => {
  const at = random.below(text.length);
  return text.slice(0, at) + put + text.slice(at);
};
const addHeader = (head: string, line: string) => head.replace(/\r\n\r\n$/, `\r\n${line}\r\n\r\n`);

/** Bytes that no HTTP library would send. */
const TANGLES: readonly Tangle[] = [
  (head, body, random) => anywhere(head, random.bytes(1 + random.below(4)), random) + body,
  (head, body, random) =>
    anywhere(head, random.pick(['\0', '\r', '\n', '\r\n', '\r\n\r\n', ' ', '\t', ':']), random) + body,
  (head, _body, random) => head.slice(0, random.below(head.length)),
  (head, body, random) => head + body.slice(0, random.below(body.length + 1)),
  (head, body) => head.replaceAll('\r\n', '\n') + body,
  (head, body) => head.replace('HTTP/1.1', 'HTTP/1.0') + body,
  (head, body, random) =>
    head.replace('HTTP/1.1', random.pick(['HTTP/2.0', 'HTTP/9', 'HTTP/1.1 x', 'http/1.1', 'ICY/1.0', ''])) +
    body,
  (head) => `${head.split('\r\n')[0]?.replace(' HTTP/1.1', '') ?? ''}\r\n`,
  (head, body) => head.replace(/^host:.*\r\n/im, '') + body,
  (head, body) => addHeader(head, 'Host: two.example') + body,
  (head, body) => addHeader(head, ' folded: line') + body,
  (head, body) => addHeader(head, `X-Fuzz: a\r\n\t${SPLIT}: 1`) + body,
  (head, body) => addHeader(head, 'No colon at all') + body,
  (head, body) => addHeader(head, 'Content-Length: 5\r\nContent-Length: 6') + body,
  (head, body) => addHeader(head, 'Content-Length: -1') + body,
  (head, body) => addHeader(head, 'Content-Length: 0x10') + body,
  (head, body, random) =>
    addHeader(head, `X-Big: ${'b'.repeat(random.pick([8_000, 60_000, 70_000]))}`) + body,
  (head, body, random) =>
    addHeader(
      head,
      Array.from({ length: random.pick([200, 3_000]) }, (_, index) => `X-${index}: 1`).join('\r\n'),
    ) + body,
  (head, body) => `${chunked(head)}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  (head, body) =>
    `${chunked(head)}${body.length.toString(16)};ext="${'e'.repeat(500)}"\r\n${body}\r\n0\r\nTrailer: 1\r\n\r\n`,
  (head, body) => `${chunked(head)}ffffffffffffffffff\r\n${body}`,
  (head, body) => `${chunked(head)}-1\r\n${body}\r\n0\r\n\r\n`,
  (head, body) => `${chunked(head)}5\r\n${body}0\r\n\r\n`,
  (head, body) => `${chunked(addHeader(head, 'Transfer-Encoding: identity'))}0\r\n\r\n${body}`,
  (head, body) => `${addHeader(head, 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n${body}`,
  (head, body) => `${addHeader(head, 'Transfer-Encoding : chunked')}0\r\n\r\n${body}`,
  (head, body) => `${addHeader(head, 'Content-Length: 4\r\nTransfer-Encoding: chunked')}0\r\n\r\n${body}`,
  (head, body) => `${addHeader(head, 'Upgrade: websocket\r\nConnection: Upgrade')}${body}`,
  (head, body) =>
    `${addHeader(head, 'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAA')}${body}`,
  (head, body) => head.replace(/^\S+/, 'CONNECT') + body,
  (head, body) => head.replace(/^(\S+) \S+/, '$1 *') + body,
  (head, body) => head.replace('Connection: close', 'Connection: keep-alive') + body + head + body,
  (_head, _body, random) => random.bytes(300),
  () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  () => '\r\n\r\n\r\n',
];

/** Returns the request as bytes that are not quite HTTP. */
export function tangle(ask: Ask, random: Random): Ask {
  const bytes = bytesOf(ask).toString('latin1');
  const end = bytes.indexOf('\r\n\r\n') + 4;
  return { ...ask, wire: random.pick(TANGLES)(bytes.slice(0, end), bytes.slice(end), random) };
}
