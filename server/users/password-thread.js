// @ts-check
// In JavaScript, since Node starts a thread from a file as it stands, whatever compiles the rest.
const { createHash, createHmac, timingSafeEqual } = require('node:crypto');
const { parentPort } = require('node:worker_threads');
const { hashSync } = require('bcryptjs');

/**
 * The thread that compares a typed password with what WordPress stored. These comparisons compute
 * for up to seconds, and the event loop of the server must not wait for them.
 *
 * @typedef {import('./password-threads').Comparison} Comparison
 */

/** @param {string | Buffer} data */
const md5 = (data) => createHash('md5').update(data).digest();

/** @type {Record<Comparison['form'], (spelling: string, stored: string) => string>} */
const hashAs = {
  md5: (spelling) => md5(spelling).toString('hex'),
  phpass,
  // bcrypt reads 72 bytes and ignores the rest, in PHP as here.
  bcrypt: (spelling, stored) => hashSync(spelling, stored.slice(0, 29)),
  // Since WordPress 6.8: bcrypt of a hash of the password, so that all of its bytes count.
  'wp-bcrypt': (spelling, stored) => {
    const digest = createHmac('sha384', 'wp-sha384').update(spelling).digest('base64');
    return `$wp${hashSync(digest, stored.slice(3, 32))}`;
  },
};

const DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * Hashes as phpass does for "portable" hashes: salted MD5, repeated. The stored text has the
 * rounds in its fourth character and the salt in the next eight.
 * Source: https://www.openwall.com/phpass/ (public domain).
 *
 * @param {string} spelling
 * @param {string} stored
 */
function phpass(spelling, stored) {
  const password = Buffer.from(spelling);
  const rounds = 2 ** DIGITS.indexOf(stored.charAt(3));
  let digest = md5(Buffer.concat([Buffer.from(stored.slice(4, 12)), password]));
  for (let round = 0; round < rounds; round++) digest = md5(Buffer.concat([digest, password]));
  return stored.slice(0, 12) + littleEndianBase64(digest);
}

/**
 * Encodes groups of three bytes, the lowest six bits first.
 * @param {Buffer} bytes
 */
function littleEndianBase64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const group = bytes.subarray(at, at + 3);
    let value = group.readUIntLE(0, group.length);
    for (let digit = 0; digit <= group.length; digit++, value >>= 6) text += DIGITS.charAt(value & 63);
  }
  return text;
}

/**
 * @param {string} one
 * @param {string} other
 */
function isSame(one, other) {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}

parentPort?.on('message', (/** @type {Comparison} */ { form, stored, spellings }) => {
  parentPort?.postMessage(spellings.some((spelling) => isSame(hashAs[form](spelling, stored), stored)));
});
