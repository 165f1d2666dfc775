import argon2 from 'argon2';
import { UnavailableError } from '../../server/errors/http-errors';
import {
  COMPARED_BYTES_MAX,
  hashedSpellings,
  passwordForm,
  trimAsWordPress,
} from '../../server/users/imported-password';
import { matchesNothing, noPassword } from '../../server/users/no-password';
import { passwords } from '../../server/users/passwords';

// Passwords and hashes of a real store, WordPress 7.1 with WooCommerce 10.5. The people are invented.
const PHPASS = '$P$BKAptDrcJSmEtyrrCm1utwCkgKPc1R/';
const WP_BCRYPT = '$wp$2y$10$bz6h6w6sVl3SzYweX.V4zOBUubjsZLxVJUBz.BXnYhlq3LmwErAU.';
const BCRYPT = '$2y$10$KgAMOM7nT7TlDdzr3MB4hOfpozjazBq7LWt4K8z2u.zhfKXQooiv6';
const MD5 = '72e88197dcf1f74b9b52a82d74b0fa84';
const ARGON2ID =
  '$argon2id$v=19$m=65536,t=4,p=1$ZHhYMnovZm9IYjJ6TFEwbg$fYcmn6vHsrpLzPxvi+8OeqZ04xyMzmnUi0Y/lqukJqc';
const ARGON2I =
  '$argon2i$v=19$m=16384,t=3,p=1$RG9Dei9Sb3ViZmVFUUhMQg$EQG6ZR4vxHHPlqkAiB/l49qSGCb2VDkjCcaXkvloZw4';
const BCRYPT_72 = '$2y$10$LjxhVU9Ry5Ctq.uVBwUaSeYtRUd2U4HL9SPPNIAubZnuYVEqzkHRS';
const LONG = 'Plain-bcrypt-manager-with-a-very-long-password-of-more-than-seventy-two-bytes-in-all!';
const WITH_BACKSLASHES = '$wp$2y$10$n28hYZCxYRd2ZpjnmP/Dvu/eVEz9B3BUy.GqBAjeKzUjaL63erY6i';
const WITHOUT_BACKSLASHES = '$wp$2y$10$mQq5SI6iSYcc9zEfhepxnOSOe5GayNBVhVbledmfHJGllSXGsqay2';

const service = passwords();

describe('the form of a stored password', () => {
  test.each([
    ['phpass', PHPASS],
    ['phpass', '$P$5KAptDrcJSmEtyrrCm1utwCkgKPc1R/'],
    ['phpass', '$P$FKAptDrcJSmEtyrrCm1utwCkgKPc1R/'],
    ['wp-bcrypt', WP_BCRYPT],
    ['bcrypt', BCRYPT],
    ['bcrypt', BCRYPT.replace('$2y$10', '$2a$04')],
    ['bcrypt', BCRYPT.replace('$2y$10', '$2b$14')],
    ['md5', MD5],
    ['argon2id', ARGON2ID],
    ['argon2i', ARGON2I],
    ['argon2id', ARGON2ID.replace('m=65536,t=4,p=1', 'm=262144,t=10,p=8')],
    ['unusable', ''],
    ['unusable', '*'],
    ['unusable', '!'],
    ['unusable', MD5.toUpperCase()],
    ['unusable', 'plain text'],
    ['unknown', PHPASS.replace('$P$', '$H$')],
    ['unknown', `${PHPASS}x`],
    ['unknown', `!${WP_BCRYPT}`],
    ['unknown', `${BCRYPT}x`],
    ['unknown', BCRYPT.replace('$2y$', '$2x$')],
    ['unknown', `$6$rounds=5000$usesomesillystri$${'a'.repeat(86)}`],
    ['unknown', ARGON2ID.replace('argon2id', 'argon2d')],
    ['unknown', ARGON2ID.replace('v=19', 'v=16')],
    ['unknown', `$wp${ARGON2ID}`],
  ])('is %s for %s', (form, stored) => {
    expect(passwordForm(stored)).toBe(form);
  });

  test.each([
    ['phpass, 64 rounds', PHPASS.replace('$P$B', '$P$4')],
    ['phpass, 262,144 rounds', PHPASS.replace('$P$B', '$P$G')],
    ['phpass, 2^63 rounds', PHPASS.replace('$P$B', '$P$z')],
    ['bcrypt, cost 3', BCRYPT.replace('$2y$10', '$2y$03')],
    ['bcrypt, cost 15', BCRYPT.replace('$2y$10', '$2y$15')],
    ['bcrypt of WordPress, cost 31', WP_BCRYPT.replace('$2y$10', '$2y$31')],
    ['argon2id, more than 256 MiB', ARGON2ID.replace('m=65536', 'm=262145')],
    ['argon2id, 11 passes', ARGON2ID.replace('t=4', 't=11')],
    ['argon2id, 9 lanes', ARGON2ID.replace('p=1', 'p=9')],
    ['argon2id, no pass', ARGON2ID.replace('t=4', 't=0')],
    ['argon2id, less memory than its lanes need', ARGON2ID.replace('m=65536', 'm=7')],
  ])('is unknown if a comparison costs too much, or nothing: %s', (_what, stored) => {
    expect(passwordForm(stored)).toBe('unknown');
  });
});

describe('what WordPress hashed', () => {
  test.each([
    ['as typed', 'Bob-both-roles', ['Bob-both-roles']],
    ['without blanks at both ends', ' \t\n\r\0\x0BBob \n', ['\\0\x0BBob', 'Bob']],
    ['with the blanks inside', ' Owner pass  12! ', ['Owner pass  12!']],
    ['with other white space at both ends', '\u00a0Bob\f', ['\u00a0Bob\f']],
    [
      'with backslashes first, then without',
      `Quinn's "quoted" \\`,
      [`Quinn\\'s \\"quoted\\" \\\\`, `Quinn's "quoted" \\`],
    ],
    ['for a NUL inside', 'a\0b', ['a\\0b', 'a\0b']],
    ['never for an empty password', ' \t ', []],
    ['never for a password that is too long', 'x'.repeat(COMPARED_BYTES_MAX + 1), []],
    ['never for a password of too many bytes', 'é'.repeat(COMPARED_BYTES_MAX / 2 + 1), []],
    [
      'not with the backslashes that make it too long',
      `'${'x'.repeat(COMPARED_BYTES_MAX - 1)}`,
      [`'${'x'.repeat(COMPARED_BYTES_MAX - 1)}`],
    ],
  ])('%s', (_what, typed, spellings) => {
    expect(hashedSpellings(typed)).toEqual(spellings);
  });

  test('is trimmed by the list of characters of PHP, which a space without a break is not on', () => {
    expect(trimAsWordPress(' \t\n\r\0\x0Ba b\0\0 ')).toBe('a b');
    expect(trimAsWordPress('\u00a0a\u2003')).toBe('\u00a0a\u2003');
  });
});

describe('a comparison', () => {
  test.each([
    ['phpass', 'Maria-phpass-2019', PHPASS],
    ['bcrypt of WordPress 6.8', 'Bob-both-roles', WP_BCRYPT],
    ['bcrypt', 'Sue-plain-bcrypt', BCRYPT],
    ['bcrypt, of which 72 bytes count', LONG, BCRYPT_72],
    ['md5', 'carl-md5-pass', MD5],
    ['argon2id', 'Amy-argon2id-pass', ARGON2ID],
    ['argon2i', 'Abe-argon2i-pass', ARGON2I],
    ['a password with quotes, set on the web', `Quinn's "quoted" pass`, WITH_BACKSLASHES],
    ['a password with quotes, set by WP-CLI', `Cli's quoted pass`, WITHOUT_BACKSLASHES],
  ])('is true for the right password only: %s', async (_form, password, stored) => {
    expect(await service.verifyImported(stored, password)).toBe(true);
    expect(await service.verifyImported(stored, ` ${password}\t`)).toBe(true);
    expect(await service.verifyImported(stored, password.toUpperCase())).toBe(false);
    expect(await service.verifyImported(stored, `.${password}`)).toBe(false);
    expect(await service.verifyImported(stored, '')).toBe(false);
    expect(await service.verifyImported(stored, 'x'.repeat(COMPARED_BYTES_MAX + 1))).toBe(false);
  });

  test('with bcrypt ignores what follows 72 bytes, as PHP does', async () => {
    expect(await service.verifyImported(BCRYPT_72, `${LONG.slice(0, 72)} something else`)).toBe(true);
    expect(await service.verifyImported(BCRYPT_72, LONG.slice(0, 71))).toBe(false);
  });

  test.each(['', '*', PHPASS.replace('$P$', '$H$'), BCRYPT.replace('$2y$10', '$2y$15')])(
    'with a form that nothing matches costs one comparison with argon2id: %j',
    async (stored) => {
      const verify = jest.spyOn(argon2, 'verify');
      expect(await service.verifyImported(stored, '')).toBe(false);
      expect(await service.verifyImported(stored, stored)).toBe(false);
      expect(verify).toHaveBeenCalledTimes(2);
      verify.mockRestore();
    },
  );

  test('with a damaged hash of each form is false', async () => {
    for (const stored of [PHPASS, WP_BCRYPT, BCRYPT, ARGON2ID, ARGON2I])
      expect(await service.verifyImported(stored.replace(/.{6}$/, 'abcdef'), 'Bob-both-roles')).toBe(false);
  });

  test('leaves the event loop free', async () => {
    const before = performance.eventLoopUtilization();
    await service.verifyImported(WP_BCRYPT.replace('$2y$10', '$2y$12'), 'wrong');
    const { active, idle } = performance.eventLoopUtilization(before);
    expect(idle).toBeGreaterThan(active);
  });

  test('waits in the queue of all comparisons, which rejects what is too much', async () => {
    const own = passwords();
    const attempts = await Promise.allSettled(
      Array.from({ length: 50 }, (_none, index) =>
        index % 2 === 0 ? own.verify(undefined, 'flood') : own.verifyImported(MD5, 'carl-md5-pass'),
      ),
    );
    const rejected = attempts.filter((attempt) => attempt.status === 'rejected');
    expect(rejected.length).toBeGreaterThan(0);
    for (const { reason } of rejected) expect(reason).toBeInstanceOf(UnavailableError);
  });
});

describe('a hash that no password matches', () => {
  test('is a hash of argon2id with the usual cost, and different each time', async () => {
    const [cost] = /^\$argon2id\$v=19\$[^$]+\$/.exec(await service.hash('x')) ?? [];
    expect(noPassword().startsWith(String(cost))).toBe(true);
    expect(noPassword()).not.toBe(noPassword());
  });

  test('is recognized, and a real hash is not taken for it', async () => {
    expect(matchesNothing(noPassword())).toBe(true);
    expect(matchesNothing(noPassword({ memoryCost: 8, timeCost: 1, parallelism: 1 }))).toBe(true);
    expect(matchesNothing(await service.hash('x'))).toBe(false);
    expect(matchesNothing('')).toBe(false);
  });

  test.each(['', 'AAAA', '\0'.repeat(32)])('does not match %j', async (password) => {
    expect(await service.verify(noPassword(), password)).toBe(false);
  });
});
