import { MARKUP, SPLIT } from './ask';
import type { Random } from './random';

const enc = encodeURIComponent;

/**
 * Encoded values that have broken parsers, pages and headers before. Each can be used unchanged in
 * a query or a form.
 */
const NASTY: readonly string[] = [
  '',
  '0',
  '-1',
  '1e309',
  '9007199254740993',
  '99999999999999999999999',
  'null',
  'undefined',
  '[object Object]',
  '__proto__',
  'constructor',
  '%00',
  'a%00b',
  '%',
  '%%',
  '%zz',
  '%c3',
  '%c3%28',
  '%ed%a0%80',
  '%f4%90%80%80',
  '%ff%fe',
  '%e2%80%ae%e2%81%a6',
  '%ef%bb%bf',
  '+',
  '%2b',
  '%252e%252e%252f',
  '../../../../etc/passwd',
  '..%5c..%5c',
  enc(MARKUP),
  enc(`${MARKUP}<script>alert(1)</script>`),
  enc(`' or 1=1 -- ${MARKUP}`),
  enc('"; drop table users; --'),
  enc('<%= 7 * 7 %>'),
  enc('${7*7}{{7*7}}'),
  enc(`=cmd|' /C calc'!A0`),
  enc('%'.repeat(40)),
  enc('_%_%'),
  `%0d%0a${SPLIT}:%201%0d%0a%0d%0a`,
  `%0a${SPLIT}:1`,
  `%e5%98%8a%e5%98%8d${SPLIT}:1`,
  'https://',
  'https%3A%2F%2F',
  enc('https://[::1]:1/'),
  enc('https://127.0.0.1:1/'),
  enc('https://0x7f.1/'),
  enc('https://a@b/'),
  enc('javascript:alert(1)'),
  enc('data:text/html,x'),
  enc(`myapp://x/${MARKUP}`),
  enc(`https://app.example/${MARKUP}`),
  enc('//evil.example/'),
  enc('/\\evil.example/'),
  enc('/\t/evil.example'),
  'true',
  '1',
  '2',
  'ck_',
  `ck_${'0'.repeat(40)}`,
  `cs_${'f'.repeat(40)}`,
  'administrator',
  'read_write',
  'all-sessions',
];

export function nastyValue(random: Random): string {
  if (random.chance(0.03))
    return random.pick(['A', '%41', '%', 'ä', '[', '&a=', '<']).repeat(1 + random.below(9_000));
  if (random.chance(0.1)) return enc(Buffer.from(random.bytes(12), 'latin1').toString('utf8'));
  if (random.chance(0.1))
    return Array.from(random.bytes(9), (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`).join(
      '',
    );
  return random.pick(NASTY);
}

/** Other spellings of a parameter's name: arrays, nestings, names that objects have. */
export function nastyName(random: Random, name: string): string {
  const spellings = [
    `${name}[]`,
    `${name}[0]`,
    `${name}[a][b]`,
    `${name}[`,
    `${name}]`,
    `[${name}]`,
    ` ${name}`,
    `%20${name}`,
    `${name}%00`,
    `${name}.x`,
    name.toUpperCase(),
    `${name}${'[a]'.repeat(70)}`,
    `${name}[__proto__]`,
    `${name}[9223372036854775807]`,
    '__proto__',
    '__proto__[x]',
    'constructor[prototype]',
    'toString',
    '',
    enc(MARKUP),
  ];
  return random.pick(spellings);
}
