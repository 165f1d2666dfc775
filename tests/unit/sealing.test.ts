import { randomBytes } from 'node:crypto';
import { consumerKeyHash, generateKeyPair, truncatedKey } from '../../server/consumer-keys/consumer-key';
import { sealing } from '../../server/consumer-keys/sealing';

const key = randomBytes(32);
const seal = (secret: string, row: string) => sealing(key).seal(secret, row);
const open = (sealed: string, row: string) => sealing(key).open(sealed, row);
const SECRET = `cs_${'a'.repeat(40)}`;
const ROW = consumerKeyHash('ck_row');

describe('a consumer secret at rest', () => {
  test('opens again with the same key for the same row', () => {
    expect(open(seal(SECRET, ROW), ROW)).toBe(SECRET);
    expect(sealing(Buffer.from(key)).open(seal(SECRET, ROW), ROW)).toBe(SECRET);
  });

  test('is a different text each time, and never contains the secret', () => {
    const sealed = Array.from({ length: 50 }, () => seal(SECRET, ROW));
    expect(new Set(sealed).size).toBe(50);
    for (const text of sealed) expect(text).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]+$/);
    expect(sealed.join()).not.toContain('aaaa'.repeat(3));
  });

  test('cannot be opened for another row', () => {
    expect(() => open(seal(SECRET, ROW), consumerKeyHash('ck_other'))).toThrow();
  });

  test('cannot be opened with another key, and the error says so', () => {
    expect(() => sealing(randomBytes(32)).open(seal(SECRET, ROW), ROW)).toThrow(/sealed with another key/);
  });

  test('cannot be opened after any change of a character', () => {
    const sealed = seal(SECRET, ROW);
    for (let at = 0; at < sealed.length; at++) {
      // The low bits of the last character may have no meaning in base64, but a whole other letter
      // has.
      const other = sealed[at] === 'A' ? 'Q' : 'A';
      const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
      expect(() => open(changed, ROW)).toThrow();
    }
  });

  test.each(['', 'v1', 'v1...', 'v2.00000000.AAAA.AAAA', SECRET])('is not opened from %j', (text) => {
    expect(() => open(text, ROW)).toThrow();
  });

  test.each([0, 4, 8, 12, 15])('is not opened with a tag cut to %i bytes', (bytes) => {
    const [version, id, iv, text = ''] = seal(SECRET, ROW).split('.');
    const whole = Buffer.from(text, 'base64url');
    const cut = whole.subarray(0, whole.length - 16 + bytes).toString('base64url');
    expect(() => open([version, id, iv, cut].join('.'), ROW)).toThrow();
  });
});

describe('a key pair', () => {
  test('has 160 random bits in each half, in lower-case hex', () => {
    const pairs = Array.from({ length: 200 }, generateKeyPair);
    for (const { consumerKey, consumerSecret } of pairs) {
      expect(consumerKey).toMatch(/^ck_[0-9a-f]{40}$/);
      expect(consumerSecret).toMatch(/^cs_[0-9a-f]{40}$/);
      expect(consumerSecret.slice(3)).not.toBe(consumerKey.slice(3));
    }
    expect(new Set(pairs.map(({ consumerKey }) => consumerKey)).size).toBe(200);
  });

  test('is looked up by the hash that WooCommerce stores', () => {
    // `printf %s ck_… | openssl dgst -sha256 -hmac wc-api`
    expect(consumerKeyHash(`ck_${'0'.repeat(40)}`)).toMatch(/^[0-9a-f]{64}$/);
    expect(consumerKeyHash('ck_a')).not.toBe(consumerKeyHash('ck_b'));
  });

  test('is identified by its last seven characters', () => {
    expect(truncatedKey('ck_0123456789')).toBe('3456789');
  });
});
