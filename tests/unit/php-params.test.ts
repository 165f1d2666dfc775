import fc from '../support/jest/fast-check';
import {
  byteString,
  parsePhpParams,
  percentEncode,
  phpParams,
  rawPairs,
  topLevelName,
  urlDecode,
  utf8,
  type PhpValue,
} from '../../server/http/php-params';

/** Shows maps as lists of entries, to make the order visible. */
type Shown = string | [string, Shown][];
const show = (value: PhpValue): Shown =>
  typeof value === 'string' ? value : [...value].map(([key, inner]) => [key, show(inner)]);
const parsed = (raw: string) => show(parsePhpParams(raw));

describe('the parameters of a query, read as PHP reads them', () => {
  test.each<[string, string, Shown]>([
    ['a name and a value', 'a=1', [['a', '1']]],
    ['a name without an equals sign has an empty value', 'a', [['a', '']]],
    ['only the first equals sign separates', 'a=b=c', [['a', 'b=c']]],
    ['empty pairs are ignored', '&&a=1&', [['a', '1']]],
    ['a pair without a name is dropped', '=1&a=2', [['a', '2']]],
    [
      'the last of two equal names wins, at the place of the first',
      'a=1&b=2&a=3',
      [
        ['a', '3'],
        ['b', '2'],
      ],
    ],
    ['plus is a space, %2B a plus', 'a=x+y%2Bz', [['a', 'x y+z']]],
    [
      'a malformed percent sign stays',
      'a=100%&b=%zz&c=%4',
      [
        ['a', '100%'],
        ['b', '%zz'],
        ['c', '%4'],
      ],
    ],
    ['hexadecimal digits in both cases', 'a=%2f%2F', [['a', '//']]],
    ['a value is decoded once', 'a=%2541', [['a', '%41']]],
    ['a semicolon does not separate', 'a=1;b=2', [['a', '1;b=2']]],
    ['leading spaces of a name are dropped', '%20%20a=1', [['a', '1']]],
    ['dots and spaces in a name become underscores', 'x.y%20z=1', [['x_y_z', '1']]],
    ['dots in a subscript stay', 'a[x.y z]=1', [['a', [['x.y z', '1']]]]],
    [
      'a[] counts from 0',
      'a[]=x&a[]=y',
      [
        [
          'a',
          [
            ['0', 'x'],
            ['1', 'y'],
          ],
        ],
      ],
    ],
    [
      'a[] continues after the highest integer',
      'a[5]=x&a[]=y&a[2]=z&a[]=w',
      [
        [
          'a',
          [
            ['5', 'x'],
            ['6', 'y'],
            ['2', 'z'],
            ['7', 'w'],
          ],
        ],
      ],
    ],
    [
      'a[] continues after a negative integer (PHP 8.3)',
      'a[-5]=x&a[]=y',
      [
        [
          'a',
          [
            ['-5', 'x'],
            ['-4', 'y'],
          ],
        ],
      ],
    ],
    [
      'a number with leading zeros is not an integer',
      'a[05]=x&a[]=y',
      [
        [
          'a',
          [
            ['05', 'x'],
            ['0', 'y'],
          ],
        ],
      ],
    ],
    [
      '-0 is not an integer',
      'a[-0]=x&a[]=y',
      [
        [
          'a',
          [
            ['-0', 'x'],
            ['0', 'y'],
          ],
        ],
      ],
    ],
    [
      'words are not counted',
      'a[x]=1&a[]=2',
      [
        [
          'a',
          [
            ['x', '1'],
            ['0', '2'],
          ],
        ],
      ],
    ],
    [
      'nothing continues after PHP_INT_MAX',
      'a[9223372036854775807]=x&a[]=y',
      [['a', [['9223372036854775807', 'x']]]],
    ],
    [
      'a number beyond 64 bits is counted as a word',
      'a[9223372036854775808]=x&a[]=y',
      [
        [
          'a',
          [
            ['9223372036854775808', 'x'],
            ['0', 'y'],
          ],
        ],
      ],
    ],
    [
      'arrays in arrays',
      'm[b][z]=1&m[b][a]=2&m[a]=3',
      [
        [
          'm',
          [
            [
              'b',
              [
                ['z', '1'],
                ['a', '2'],
              ],
            ],
            ['a', '3'],
          ],
        ],
      ],
    ],
    [
      'lists of lists',
      'a[][0]=3&a[][1]=1',
      [
        [
          'a',
          [
            ['0', [['0', '3']]],
            ['1', [['1', '1']]],
          ],
        ],
      ],
    ],
    ['a space between brackets is an empty subscript', 'a[ ]=1', [['a', [['0', '1']]]]],
    [
      'an array replaces a string in its place',
      'a=1&b=2&a[x]=3',
      [
        ['a', [['x', '3']]],
        ['b', '2'],
      ],
    ],
    ['a string replaces an array', 'a[x]=1&a=2', [['a', '2']]],
    ['a bracket that does not close becomes an underscore', 'a[b=1', [['a_b', '1']]],
    [
      'forbidden characters after an unclosed bracket become underscores',
      'a[b.c d[e=1',
      [['a_b_c_d_e', '1']],
    ],
    ['a second bracket that does not close is ignored', 'a[b][c=1', [['a', [['b', '1']]]]],
    ['text after a closing bracket is ignored', 'a[b]c=1', [['a', [['b', '1']]]]],
    ['a name that begins with a bracket is dropped', '[a]=1', []],
    ['a bracket that opens twice', 'a[[b]]=1', [['a', [['[b', '1']]]]],
    ['a closing bracket alone is a character', 'a]=1', [['a]', '1']]],
    ['a name ends at a NUL, a value does not', 'a%00b=x%00y', [['a', 'x\0y']]],
    [
      '__proto__ is a name like any other',
      '__proto__=1&__proto__[x]=2&constructor[prototype]=3',
      [
        ['__proto__', [['x', '2']]],
        ['constructor', [['prototype', '3']]],
      ],
    ],
  ])('follow PHP: %s', (_, raw, expected) => {
    expect(parsed(raw)).toEqual(expected);
  });

  test('keep 64 levels; one more drops the whole parameter', () => {
    expect(parsePhpParams(`a=1&a${'[x]'.repeat(64)}=1`).has('a')).toBe(true);
    expect(parsed(`a=1&b=2&a${'[x]'.repeat(65)}=1`)).toEqual([['b', '2']]);
  });

  test('are marked incomplete when a parameter is dropped', () => {
    expect(phpParams(rawPairs('a=1')).complete).toBe(true);
    for (const raw of ['=1', '[a]=1', '%00=1', `a${'[]'.repeat(65)}=1`, 'a[9223372036854775807]=1&a[]=2'])
      expect([raw, phpParams(rawPairs(`b=1&${raw}&c=2`)).complete]).toEqual([raw, false]);
  });
});

describe('the bytes of parameters', () => {
  test('are raw pairs in wire order, with duplicates', () => {
    expect(rawPairs('b=1&a[]=2&&a[]=3&b=1&=x')).toEqual([
      ['b', '1'],
      ['a[]', '2'],
      ['a[]', '3'],
      ['b', '1'],
      ['', 'x'],
    ]);
  });
  test('keep invalid UTF-8, which is encoded unchanged', () => {
    const value = parsePhpParams('a=%ff%C3').get('a') as string;
    expect(value).toBe('\xff\xc3');
    expect(percentEncode(value)).toBe('%FF%C3');
    expect(utf8(value)).toBeUndefined();
  });
  test('become text if they are UTF-8', () => {
    expect(utf8(parsePhpParams('a=Zo%C3%AB%F0%9F%98%80').get('a') as string)).toBe('Zoë😀');
  });
  test('are percent-encoded, except unreserved characters', () => {
    expect(percentEncode("aZ09-._~!*'() +%/")).toBe('aZ09-._~%21%2A%27%28%29%20%2B%25%2F');
  });
  test('are the UTF-8 bytes of a string that has other characters', () => {
    expect(utf8(byteString('日'))).toBe('日');
    expect(utf8(byteString('\ud800'))).toBe('\ufffd');
    expect(byteString('\xe9')).toBe('\xe9');
  });
  test('are unchanged after percent-encoding and decoding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        expect(urlDecode(percentEncode(text))).toBe(text);
      }),
    );
  });
});

describe('hostile parameters', () => {
  const odd = fc.string({
    unit: fc.constantFrom(...Array.from('a[]=&%+. 0-9\0\xff_'), '[]', '%5B', '%5D', '%00', '\ud800', '日'),
  });
  test('never make the parser throw, and give only names that PHP would give', () => {
    fc.assert(
      fc.property(fc.oneof(odd, fc.string({ unit: 'binary' })), (raw) => {
        for (const name of parsePhpParams(raw).keys()) expect(name).not.toMatch(/^ |^$|[ .\0]/);
        for (const [name] of rawPairs(raw)) topLevelName(name);
      }),
      { numRuns: 500 },
    );
  });
  test.each([
    ['100,000 parameters', Array.from({ length: 100_000 }, (_, i) => `p${i}=${i}`).join('&'), 100_000],
    ['100,000 members of a list', Array.from({ length: 100_000 }, () => 'a[]=1').join('&'), 1],
    ['a million brackets that open', `a${'['.repeat(1_000_000)}=1`, 1],
    ['a million pairs of brackets', `a${'[]'.repeat(1_000_000)}=1`, 0],
    [
      '30,000 deep names',
      Array.from({ length: 30_000 }, (_, i) => `a${'[x]'.repeat(20)}[${i}]=1`).join('&'),
      1,
    ],
    ['a million percent signs', `a=${'%'.repeat(1_000_000)}`, 1],
  ])('are parsed in linear time: %s', (_, raw, names) => {
    const start = performance.now();
    expect(parsePhpParams(raw).size).toBe(names);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
