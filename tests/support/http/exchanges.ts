import type { Received } from './https-receiver';
import { exchange, type RawAnswer } from './raw-http';

/** An HTTP message as a page shows it. `…` stands for text that differs each time. */
export interface ShownMessage {
  readonly first: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** A block of a page that is marked `http`: a request and its answer. */
export interface Exchange {
  readonly line: number;
  /** The word after `http`: `callback` for a request that the server sends to an app. */
  readonly kind: string;
  readonly request: ShownMessage;
  readonly answer: ShownMessage;
}

export function exchangesOf(page: string): Exchange[] {
  return [...page.matchAll(/^```http ?(\w*)\n([^]*?)^```$/gm)].map(
    ({ 1: kind = '', 2: block = '', index }) => {
      const [request = '', answer = ''] = block.split(/\n\n(?=HTTP\/1\.1 )/);
      return {
        line: page.slice(0, index).split('\n').length,
        kind,
        request: messageOf(request),
        answer: messageOf(answer),
      };
    },
  );
}

function messageOf(text: string): ShownMessage {
  const [head = '', ...rest] = text.trimEnd().split('\n\n');
  const [first = '', ...lines] = head.split('\n');
  const headers = lines.map((line) => [line.split(': ', 1)[0] ?? '', line.replace(/^.*?: /, '')] as const);
  return { first, headers, body: rest.join('\n\n') };
}

/** Values from earlier exchanges: cookies, and the hidden fields of forms. */
export type Values = Map<string, string>;

/** Sends a shown request with each `NAME=…` filled in, and keeps the values of its answer. */
export async function play(base: string, { first, headers, body }: ShownMessage, values: Values) {
  const filled = (text: string) =>
    text.replace(
      /([\w-]+)(=|": ?")…/g,
      (_all, name: string, mark: string) => name + mark + (values.get(name) ?? ''),
    );
  const bytes = Buffer.from(filled(body));
  const lines = [
    filled(first),
    ...headers.map(([name, value]) => `${name}: ${filled(value)}`),
    'Connection: close',
    ...(bytes.length > 0 ? [`Content-Length: ${bytes.length}`] : []),
  ];
  const answer = await exchange(base, Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes]));
  note(answer, values);
  return answer;
}

function note({ headers, text }: RawAnswer, values: Values): void {
  for (const [, name = '', value = ''] of (headers['set-cookie'] ?? '').matchAll(/(?:^|, )([\w-]+)=([^;]*)/g))
    values.set(name, value);
  for (const [, name = '', value = ''] of text.matchAll(/name="(\w+)" value="([^"]*)"/g))
    values.set(name, value);
  const nonce = /"nonce":"([^"]+)"/.exec(text)?.[1];
  if (nonce !== undefined) values.set('_wpnonce', nonce);
}

/**
 * Returns how an answer differs from the shown one, or `undefined` if it contains everything that
 * is shown.
 */
export function difference(shown: ShownMessage, answer: RawAnswer, read = (text: string) => text) {
  const got = { status: String(answer.status), headers: { ...answer.headers }, body: read(answer.text) };
  const wanted = /^HTTP\/1\.1 (\d+)/.exec(shown.first)?.[1];
  if (got.status !== wanted) return `${got.status} instead of ${wanted}: ${got.body}`;
  for (const [name, value] of shown.headers)
    // The header may have several values.
    if (
      !matches(
        name === 'Set-Cookie' ? `…${value}…` : value,
        read(got.headers[name.toLowerCase()] ?? '(absent)'),
      )
    )
      return `${name}: ${got.headers[name.toLowerCase()]} instead of ${value}`;
  return matchesBody(shown.body, got.body) ? undefined : `the body ${got.body} instead of ${shown.body}`;
}

export type ReceivedHead = Pick<Received, 'method' | 'path' | 'headers' | 'body'>;

/** Returns how a received request differs from the shown one. */
export function differenceOfRequest(shown: ShownMessage, { method, path, headers, body }: ReceivedHead) {
  if (shown.first !== `${method} ${path} HTTP/1.1`) return `${method} ${path} instead of ${shown.first}`;
  for (const [name, value] of shown.headers) {
    const sent = headers[name.toLowerCase()];
    if (name !== 'Host' && !matches(value, String(sent)))
      return `${name}: ${String(sent)} instead of ${value}`;
  }
  return matchesBody(shown.body, body) ? undefined : `the body ${body} instead of ${shown.body}`;
}

function matches(shown: string, text: string): boolean {
  const parts = shown.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*?')}$`).test(text);
}

// JSON may be shown on several lines in the order of its members. The shown parts of a page are in
// that order in the page.
export function matchesBody(shown: string, text: string): boolean {
  if (shown === '') return true;
  try {
    return matches(JSON.stringify(JSON.parse(shown)), text);
  } catch {
    const lines = shown.split('\n').map((line) => line.trim());
    return matches(`…${lines.join('…')}…`, text);
  }
}
