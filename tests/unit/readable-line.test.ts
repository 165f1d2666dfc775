import { readableLine } from '../../server/logging/readable-line';

const ESC = '\x1b';
const plain = readableLine({ color: false });
const colored = readableLine({ color: true });
const at = new Date(2026, 10, 28, 9, 5, 7, 42).getTime();
const withoutColors = (text: string) => text.replaceAll(new RegExp(`${ESC}\\[\\d+m`, 'g'), '');
const line = (about: object, level = 40, msg = 'callback delivery failed') =>
  JSON.stringify({ level, time: at, ...about, msg });

test('a line has the time, the level, the message and what it is about', () => {
  const about = {
    requestId: 'r-1',
    app: 'Parcel Pilot',
    host: 'hooks.example:8443',
    reason: 'status',
    status: 500,
  };
  expect(plain(line(about))).toBe(
    '09:05:07.042 WARN  callback delivery failed  app="Parcel Pilot" host=hooks.example:8443 reason=status status=500 requestId=r-1\n',
  );
});

test.each([
  [10, 'TRACE'],
  [20, 'DEBUG'],
  [30, 'INFO '],
  [40, 'WARN '],
  [50, 'ERROR'],
  [60, 'FATAL'],
])('level %i is called %s', (level, name) => {
  expect(plain(line({}, level, 'text'))).toBe(`09:05:07.042 ${name} text\n`);
});

test('an error has its stack on indented lines', () => {
  const err = { type: 'Error', message: 'broken', stack: 'Error: broken\n    at here (file.ts:1:1)' };
  expect(plain(line({ err }, 50, 'request failed'))).toBe(
    '09:05:07.042 ERROR request failed\n    Error: broken\n        at here (file.ts:1:1)\n',
  );
  expect(plain(line({ err: { message: 'no stack' } }, 50, 'request failed'))).toContain('\n    no stack\n');
});

test('lists and missing values are written', () => {
  expect(plain(line({ migrated: ['a b', 'c'], none: null, empty: '' }, 30, 'ready'))).toBe(
    '09:05:07.042 INFO  ready  migrated=["a b","c"] none=null empty=""\n',
  );
});

test('colors surround words and change nothing else', () => {
  const json = line({ app: 'Parcel Pilot', status: 500 });
  expect(colored(json)).toContain('\x1b[33mWARN \x1b[0m');
  expect(withoutColors(colored(json))).toBe(plain(json));
});

describe('a value from outside', () => {
  const HOSTILE = 'A\x1b[31m\x1b]0;title\x07\x9b2J\u202e\r\n09:00:00.000 INFO  all is well\x00\x7f\u2028B';
  // eslint-disable-next-line no-control-regex
  const NOT_SHOWN = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

  test.each([
    ['a value', { app: HOSTILE }],
    ['a name', { [HOSTILE]: 1 }],
    ['a list', { list: [HOSTILE] }],
    ['a nested value', { deep: { er: HOSTILE } }],
    ['the id of the request', { requestId: HOSTILE }],
  ])('brings no control character, escape sequence or line break as %s', (_as, about) => {
    const shown = plain(line(about));
    expect(shown.slice(0, -1)).not.toContain('\n');
    expect(shown).not.toMatch(NOT_SHOWN);
    expect(withoutColors(colored(line(about)))).toBe(shown);
  });

  test('brings none as the message', () => {
    expect(plain(line({}, 30, HOSTILE))).not.toMatch(NOT_SHOWN);
    expect(
      plain(line({}, 30, HOSTILE))
        .trim()
        .split('\n'),
    ).toHaveLength(1);
  });

  test('cannot begin a line as the text of an error', () => {
    const shown = plain(line({ err: { stack: HOSTILE } }, 50));
    expect(shown).not.toMatch(NOT_SHOWN);
    for (const part of shown.trim().split('\n').slice(1)) expect(part).toMatch(/^ {4}/);
  });
});
