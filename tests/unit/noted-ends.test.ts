import { UNLIMITED } from '../../server/key-authentication/check-limits';
import { authRequest, basic, KEY, keyring, NOW, SECRET } from './oauth-fixtures';

const END = NOW * 1000;

// An app may call for years with a key that has ended.
test.each([
  ['is noted', false, [[7, END]]],
  ['is not noted further if the database has it', true, []],
])('that a key has ended %s', async (_what, wasExpired, expected) => {
  const noted: unknown[] = [];
  const { verify } = keyring({
    limits: { ...UNLIMITED, expiresAt: END, wasExpired },
    expired: { seenAt: () => -Infinity, note: (...one) => noted.push(one) },
  });
  const request = authRequest({ authorization: basic(KEY, SECRET) });
  await expect(verify(request)).rejects.toThrow('Consumer key has expired.');
  expect(noted).toEqual(expected);
});
