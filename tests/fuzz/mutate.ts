import { FORM, MARKUP, SPLIT, withHeader, type Ask } from './ask';
import { nastyName, nastyValue } from './nasty';
import type { Random } from './random';

type Mutation = (ask: Ask, random: Random) => Ask;

const METHODS = 'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND QUERY PURGE LINK M-SEARCH get'.split(
  ' ',
);
const TYPES = [
  'application/json',
  'application/json; charset=utf-7',
  'application/json;charset=utf-16',
  'text/plain',
  'multipart/form-data; boundary=x',
  `${FORM}; charset=utf-16`,
  FORM.toUpperCase(),
  'application/x-www-form-urlencodedx',
  '',
  '/',
  ';',
  'a'.repeat(3000),
];
const BODIES = [
  '{',
  '{}',
  '[]',
  'null',
  '"x"',
  '{"__proto__":{"x":1}}',
  '[[[['.repeat(500),
  '\xff\xfe',
  '\0',
  '&&&===&',
];

/**
 * Changes one pair of a query or a form: another value, another name, a repetition, a removal, or
 * an additional pair.
 */
function inPairs(text: string, random: Random): string {
  const pairs = text.split('&');
  const at = random.below(pairs.length);
  const pair = pairs[at] ?? '';
  const equals = pair.indexOf('=');
  const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
  const next = random.pick<() => string[]>([
    () => [`${name}=${nastyValue(random)}`],
    () => [`${name}=${nastyValue(random)}`],
    () => [`${name}=${value}${nastyValue(random)}`],
    () => [`${nastyName(random, name)}=${value}`],
    () => [pair, `${nastyName(random, name)}=${nastyValue(random)}`],
    () => [pair, pair],
    () => [`${name}=${nastyValue(random)}`, pair],
    () => [],
    () => [name],
    () => [pair, ...Array.from({ length: 1 + random.below(400) }, (_, index) => `p${index}=${index}`)],
  ])();
  pairs.splice(at, 1, ...next);
  return pairs.join('&');
}

/** Changes, inserts or removes one byte. */
function oneByte(text: string, random: Random, allowed: (byte: string) => boolean): string {
  const at = random.below(text.length + 1);
  const byte = random.bytes(1);
  const put = allowed(byte) ? byte : '%';
  return text.slice(0, at) + (random.chance(0.3) ? '' : put) + text.slice(at + (random.chance(0.5) ? 1 : 0));
}

const isVisible = (byte: string) => byte > ' ' && byte !== '\x7f';

const query: Mutation = (ask, random) => {
  const [path = '', text = ''] = ask.target.split('?', 2);
  return { ...ask, target: `${path}?${inPairs(text === '' ? `x=${nastyValue(random)}` : text, random)}` };
};

const form: Mutation = (ask, random) => ({
  ...ask,
  body: inPairs(ask.body === '' ? 'x=1' : ask.body, random),
});

const path: Mutation = (ask, random) => {
  const [whole = '', ...rest] = ask.target.split('?');
  const parts = whole.split('/');
  const at = random.below(parts.length);
  const part = parts[at] ?? '';
  const nasty = nastyValue(random).slice(0, 2_000).replaceAll('?', '%3f');
  parts[at] = random.pick([
    nasty,
    part.toUpperCase(),
    `${part}/`,
    `${part}/..`,
    `${part}%2f`,
    `${part};x=1`,
    `${part}${nasty}`,
    '.',
    '..',
    '',
  ]);
  const next = parts.join('/');
  const spelled = random.pick([
    next,
    next,
    next,
    `/index.php${next}`,
    `//${next}`,
    `http://evil.example${next}`,
    `${next}/`,
    `\\${next}`,
  ]);
  return { ...ask, target: [spelled === '' ? '/' : spelled, ...rest].join('?') };
};

const HEADERS: readonly ((random: Random) => readonly [string, string])[] = [
  (random) => ['Content-Type', random.pick(TYPES)],
  (random) => [
    'Host',
    random.pick(['', 'evil.example', `a${MARKUP}`, 'x:99999', '[', 'a, b', `${'h'.repeat(5000)}.example`]),
  ],
  (random) => ['Accept', random.pick(['application/json', 'text/html;q=0', '*/*;q=x', '', ','.repeat(2000)])],
  (random) => ['Origin', random.pick(['null', 'https://evil.example', '', MARKUP])],
  (random) => [
    'X-Forwarded-For',
    random.pick(['', 'unknown', '::ffff:1.2.3.4', MARKUP, '1.1.1.1,'.repeat(500)]),
  ],
  (random) => ['X-Forwarded-Proto', random.pick(['http', 'HTTPS', 'https,http', '', MARKUP])],
  (random) => ['X-Forwarded-Host', random.pick(['evil.example', '', MARKUP, '@', '/\\'])],
  (random) => ['X-Forwarded-Uri', `/wp-json/${nastyValue(random)}`],
  (random) => ['X-Forwarded-Method', random.pick([...METHODS, '', 'G\tT', MARKUP])],
  (random) => ['X-Original-URL', nastyValue(random)],
  (random) => ['X-HTTP-Method-Override', random.pick([...METHODS, '', MARKUP])],
  (random) => [
    'Cookie',
    random.pick([
      '=',
      ';;;;',
      'wc_auth_session',
      'wc_auth_session=%',
      `wc_auth_session=${MARKUP}`,
      'a=b;'.repeat(3000),
    ]),
  ],
  (random) => [
    'Authorization',
    random.pick([
      '',
      'Basic',
      'Basic !!!',
      'Basic Og==',
      'Bearer',
      'Bearer ck_.cs_',
      'OAuth',
      'OAuth ,,,=',
      `OAuth oauth_consumer_key="${nastyValue(random)}"`,
      'Digest x',
      `Basic ${'QUFB'.repeat(2000)}`,
    ]),
  ],
  (random) => ['Content-Encoding', random.pick(['gzip', 'deflate', 'br', 'identity', 'x', MARKUP])],
  (random) => ['User-Agent', random.pick([MARKUP, '', 'u'.repeat(9000), '\xff\xfe'])],
  (random) => ['Expect', random.pick(['100-continue', 'x'])],
  (random) => ['Range', random.pick(['bytes=0-', 'bytes=-1', 'bytes=9-1', 'x'])],
  (random) => ['If-None-Match', random.pick(['*', '"x"', 'W/'])],
  (random) => ['Connection', random.pick(['keep-alive, close', 'close, x', 'close, upgrade'])],
  (random) => [
    random.pick([
      'X-WC-Key-Id',
      'X-WC-User-Id',
      'Via',
      'Forwarded',
      'Accept-Encoding',
      'Sec-Fetch-Site',
      'Referer',
    ]),
    nastyValue(random),
  ],
  () => [SPLIT, '1'],
];

const header: Mutation = (ask, random) => {
  const [name, value] = random.pick(HEADERS)(random);
  // A header ends at a line break or a NUL, so values with one are left to `wire.ts`.
  const safe = value.replace(/[\0\r\n]/g, '');
  return random.chance(0.2)
    ? { ...ask, headers: [...ask.headers, [name, safe]] }
    : withHeader(ask, name, safe);
};

const method: Mutation = (ask, random) => ({ ...ask, method: random.pick(METHODS) });

const body: Mutation = (ask, random) => ({
  ...ask,
  body: random.pick([...BODIES, random.bytes(200), 'a='.repeat(8_300), 'x'.repeat(70_000)]),
});

const aByte: Mutation = (ask, random) =>
  random.chance(0.5) || ask.body === ''
    ? { ...ask, target: oneByte(ask.target, random, isVisible) || '/' }
    : { ...ask, body: oneByte(ask.body, random, () => true) };

const MUTATIONS: readonly Mutation[] = [
  query,
  query,
  form,
  form,
  path,
  header,
  header,
  header,
  method,
  body,
  aByte,
];

/** Changes a known-good request in up to three places. One in eight stays unchanged. */
export function mutate(ask: Ask, random: Random): Ask {
  const times = random.chance(0.125) ? 0 : 1 + random.below(3);
  return Array.from({ length: times }).reduce<Ask>((changed) => random.pick(MUTATIONS)(changed, random), ask);
}
