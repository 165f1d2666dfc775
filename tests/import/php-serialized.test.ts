import fc from '../support/jest/fast-check';
import {
  isTruthy,
  SerializedError,
  unserialize,
  type PhpValue,
} from '../../server/import/wordpress/php-serialized';

/** Writes a value as PHP's `serialize` does. */
function serialize(value: PhpValue): string {
  if (value === null) return 'N;';
  if (typeof value === 'string') return `s:${Buffer.byteLength(value)}:"${value}";`;
  if (typeof value === 'boolean') return `b:${value ? 1 : 0};`;
  if (typeof value === 'bigint') return `i:${value};`;
  if (typeof value === 'number') {
    if (Object.is(value, -0)) return 'd:-0;';
    if (Number.isSafeInteger(value)) return `i:${value};`;
    return `d:${Number.isFinite(value) ? value : value > 0 ? 'INF' : value < 0 ? '-INF' : 'NAN'};`;
  }
  const entries = [...value].map(([key, item]) => {
    const isInteger = /^(?:0|-?[1-9]\d{0,14})$/.test(key);
    return serialize(isInteger ? Number(key) : key) + serialize(item);
  });
  return `a:${value.size}:{${entries.join('')}}`;
}

const map = (entries: Record<string, PhpValue>) => new Map(Object.entries(entries));

test.each<[string, PhpValue]>([
  ['N;', null],
  ['b:1;', true],
  ['b:0;', false],
  ['i:-12;', -12],
  ['i:9223372036854775807;', 9223372036854775807n],
  ['d:0.5;', 0.5],
  ['d:-0;', -0],
  ['d:1.0E+25;', 1e25],
  ['d:-INF;', -Infinity],
  ['d:NAN;', NaN],
  ['s:0:"";', ''],
  ['s:6:"a";s:1";', 'a";s:1'],
  // Lengths are in bytes.
  ['s:7:"Müller";', 'Müller'],
  ['s:4:"😀";', '😀'],
  ['a:0:{}', map({})],
  ['a:1:{s:13:"administrator";b:1;}', map({ administrator: true })],
  ['a:2:{i:0;s:1:"a";s:1:"1";N;}', map({ '0': 'a', '1': null })],
  ['  a:1:{i:0;a:1:{s:1:"x";b:0;}}\n', map({ '0': map({ x: false }) })],
])('reads %s', (text, value) => {
  expect(unserialize(text)).toEqual(value);
});

test('reads __proto__ as an ordinary key', () => {
  const value = unserialize('a:1:{s:9:"__proto__";a:1:{s:5:"admin";b:1;}}');
  expect(value).toEqual(new Map([['__proto__', map({ admin: true })]]));
  expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
});

test('lets the last of two equal keys win, and takes 1 and "1" for equal', () => {
  expect(unserialize('a:2:{i:1;s:1:"a";s:1:"1";s:1:"b";}')).toEqual(map({ '1': 'b' }));
});

test.each([
  ['', 'it is cut off after 0 bytes'],
  ['s:5:"Müller";', 'at byte 0, a text does not end after its 5 bytes ("s:5:\\"Müller\\";")'],
  ['s:6:"Müller";', 'at byte 0, a text does not end after its 6 bytes'],
  ['s:8:"Müller";', 'at byte 0, a text does not end after its 8 bytes'],
  ['s:99:"abc";', 'at byte 0, a text of 99 bytes is cut off, or shorter than that'],
  ['a:1:{s:12:"shop_manager";b:1;', 'it is cut off after 29 bytes'],
  ['a:1:{s:12:"shop_mana', 'at byte 5, a text of 12 bytes is cut off'],
  ['a:2:{s:12:"shop_manager";b:1;}', 'at byte 29, no value starts ("}")'],
  ['a:1:{s:1:"a";b:1;s:1:"b";b:1;}', 'at byte 17, "}" must follow'],
  ['a:9999999999:{}', 'at byte 14, no value starts ("}")'],
  ['a:-1:{}', 'at byte 2, a length is not a number'],
  ['b:1;b:1;', 'at byte 4, text follows the value'],
  ['b:2;', 'at byte 0, a boolean must be 0 or 1'],
  ['i:1.5;', 'at byte 0, an integer is not a number'],
  ['d:one;', 'at byte 0, a decimal is not a number'],
  ['a:1:{b:1;b:1;}', 'at byte 5, the key of an array must be an integer or a text'],
  ['O:8:"stdClass":0:{}', 'at byte 0, objects are not read'],
  ['C:11:"ArrayObject":0:{}', 'at byte 0, objects are not read'],
  ['a:2:{i:0;i:1;i:1;R:2;}', 'at byte 17, references are not read'],
  ['hello', 'at byte 0, no value starts ("hello")'],
  ['"quoted"', 'at byte 0, no value starts'],
])('rejects %j', (text, message) => {
  expect(() => unserialize(text)).toThrow(SerializedError);
  expect(() => unserialize(text)).toThrow(message);
});

test('rejects arrays that are nested too deep, and texts that are too long', () => {
  const nested = (depth: number) => 'a:1:{i:0;'.repeat(depth) + 'N;' + '}'.repeat(depth);
  expect(() => unserialize(nested(64))).not.toThrow();
  expect(() => unserialize(nested(65))).toThrow('more than 64 arrays inside each other');
  expect(() => unserialize(nested(200_000))).toThrow('more than 64 arrays inside each other');
  expect(() => unserialize('x'.repeat(2 ** 24 + 1))).toThrow('the limit is 16777216');
});

const { value: anyValue } = fc.letrec<{ value: PhpValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme' }),
    fc.maxSafeInteger(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc
      .array(fc.tuple(fc.oneof(fc.string(), fc.integer().map(String)), tie('value')), { maxLength: 5 })
      .map((entries) => new Map(entries)),
  ),
}));

test('reads back whatever PHP could write', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      expect(unserialize(serialize(value))).toEqual(value);
    }),
    { numRuns: 500, examples: [[-0], [new Map([['0', -0]])]] },
  );
});

test('reads damaged text or says where the damage is', () => {
  const damage = fc.record({
    at: fc.nat(200),
    cut: fc.nat(6),
    put: fc.oneof(fc.constantFrom('', '"', ';', '{', '}', ':', '9', 'a:9:{'), fc.string({ maxLength: 4 })),
  });
  fc.assert(
    fc.property(anyValue, damage, (value, { at, cut, put }) => {
      const text = serialize(value);
      const damaged = text.slice(0, at) + put + text.slice(at + cut);
      try {
        unserialize(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(SerializedError);
        expect((error as Error).message).toMatch(/^at byte \d+, |^it is cut off after \d+ bytes$/);
      }
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['b:1;', true],
  ['b:0;', false],
  ['i:1;', true],
  ['i:0;', false],
  ['d:0;', false],
  ['d:NAN;', true],
  ['s:5:"false";', true],
  ['s:1:"0";', false],
  ['s:0:"";', false],
  ['N;', false],
  ['a:0:{}', false],
  ['a:1:{i:0;b:0;}', true],
])('takes %s for true or false as PHP does', (text, truthy) => {
  expect(isTruthy(unserialize(text))).toBe(truthy);
});
