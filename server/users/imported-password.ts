/**
 * How WordPress stored a password. `unusable`: no password matches it, in WordPress either.
 * `unknown`: not a form that this server compares with.
 */
export type PasswordForm =
  'phpass' | 'bcrypt' | 'wp-bcrypt' | 'md5' | 'argon2id' | 'argon2i' | 'unusable' | 'unknown';

/** The maximum length of a password that is compared, in bytes of UTF-8. WordPress has the same. */
export const COMPARED_BYTES_MAX = 4096;

// A hash says itself what a comparison costs. These limits keep a damaged or malicious dump from
// making a sign-in take longer than seconds.
const BCRYPT_COST = { least: 4, most: 14 };
/** The binary logarithm of the rounds. WordPress writes 13. */
const PHPASS_ROUNDS = { least: 7, most: 17 };
const ARGON2_MOST = { memoryKib: 256 * 1024, passes: 10, lanes: 8 };

/** The digits of phpass, and their order. Source: Solar Designer's "portable" hashes. */
const PHPASS_DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Recognizes the form of a stored password, in the order in which WordPress 7.1 does. */
export function passwordForm(stored: string): PasswordForm {
  // WordPress takes every short text for an MD5, and compares it with lower-case digits.
  if (stored.length <= 32) return /^[0-9a-f]{32}$/.test(stored) ? 'md5' : 'unusable';
  if (stored.startsWith('$wp')) return isBcrypt(stored.slice(3)) ? 'wp-bcrypt' : 'unknown';
  if (stored.startsWith('$P$')) return isPhpass(stored) ? 'phpass' : 'unknown';
  if (stored.startsWith('$argon2')) return argon2Form(stored) ?? 'unknown';
  return isBcrypt(stored) ? 'bcrypt' : 'unknown';
}

function isBcrypt(stored: string): boolean {
  const cost = Number(/^\$2[aby]\$(\d\d)\$[./0-9A-Za-z]{53}$/.exec(stored)?.[1]);
  return cost >= BCRYPT_COST.least && cost <= BCRYPT_COST.most;
}

function isPhpass(stored: string): boolean {
  const rounds = PHPASS_DIGITS.indexOf(/^\$P\$([./0-9A-Za-z])[./0-9A-Za-z]{30}$/.exec(stored)?.[1] ?? ' ');
  return rounds >= PHPASS_ROUNDS.least && rounds <= PHPASS_ROUNDS.most;
}

function argon2Form(stored: string): 'argon2id' | 'argon2i' | undefined {
  const match =
    /^\$(argon2id?)\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,86}$/.exec(
      stored,
    );
  if (!match) return undefined;
  const [memoryKib, passes, lanes] = match.slice(2).map(Number) as [number, number, number];
  // RFC 9106 section 3.1: at least one pass, one lane, and 8 KiB for each lane.
  const isValid = passes >= 1 && lanes >= 1 && memoryKib >= 8 * lanes;
  const isCheap =
    memoryKib <= ARGON2_MOST.memoryKib && passes <= ARGON2_MOST.passes && lanes <= ARGON2_MOST.lanes;
  return isValid && isCheap ? (match[1] as 'argon2id' | 'argon2i') : undefined;
}

/** Removes the characters at both ends that PHP's `trim` removes, as WordPress does. */
export const trimAsWordPress = (password: string): string =>
  // eslint-disable-next-line no-control-regex -- PHP's list has two control characters
  password.replace(/^[ \t\n\r\0\x0B]+|[ \t\n\r\0\x0B]+$/g, '');

/**
 * Lists what WordPress may have hashed for a typed password, the likeliest first.
 *
 * Forms on the web hash the password with backslashes before `'`, `"`, `\` and NUL, as PHP's
 * `addslashes` adds them, and remove blanks at both ends after that. WP-CLI and plugins hash it
 * without backslashes.
 */
export function hashedSpellings(typed: string): readonly string[] {
  if (Buffer.byteLength(typed) > COMPARED_BYTES_MAX) return [];
  const withBackslashes = typed.replace(/['"\\]/g, '\\$&').replaceAll('\0', '\\0');
  const spellings = new Set([withBackslashes, typed].map(trimAsWordPress));
  return [...spellings].filter(
    (spelling) => spelling !== '' && Buffer.byteLength(spelling) <= COMPARED_BYTES_MAX,
  );
}
