import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** What a case saw of a store of the test kit, with the warnings that it raised. */
export type Played =
  { readonly seen: unknown; readonly warnings: readonly string[] } | { readonly failed: string };

/** The groups whose cases without a difference are played as well. */
export const PLAYED_GROUPS = /^(?:login|callback|addressing|rest|oauth)\//;
/** The groups that are played in strict mode as well. */
export const REST_GROUPS = /^(?:rest|oauth)\//;

interface Exception {
  readonly cases: RegExp;
  readonly why: string;
}

/** Cases that cannot be played against the test kit. */
export const UNPLAYED: readonly Exception[] = [
  {
    cases: /^grant\/nonce\/demoted-meanwhile$|^rest\/owner\/(?:deleted-user|demoted)$/,
    why: 'its users stay as they are',
  },
  {
    cases: /^rest\/owner\/permissions-narrowed$/,
    why: 'its keys keep their permissions',
  },
  { cases: /^keys\//, why: 'the case looks into the database' },
  { cases: /^own\/gateway\//, why: 'the case looks at what a gateway sent' },
];

/** Warnings in cases that have no deliberate difference. */
export const ALSO_WARNED: readonly (Exception & { readonly warning: string })[] = [
  {
    warning: 'no-credential',
    cases:
      /\/none$|\/(?:two-none|session|without-origin|semicolon-credential|semicolon-route|query-key-only|authorization-empty|session-cookie|lower-scheme)$/,
    why: 'the request has no credential, and WooCommerce sends no WWW-Authenticate',
  },
  {
    warning: 'plain-http',
    cases: /^addressing\/key\/bearer-plain-http$/,
    why: 'the case leaves open how the key is rejected',
  },
  {
    warning: 'method-override',
    cases: /^addressing\/query\/semicolon-method$/,
    why: 'the case looks only at what gets through',
  },
];

/** Warnings about the port and address of the callbacks that the cases themselves bring. */
export const ABOUT_THE_CALLBACK: readonly string[] = ['callback-url-port', 'callback-address'];

/** Where strict mode does not answer as WooCommerce. docs/testing-differences.md names each. */
export const NOT_AS_WOOCOMMERCE: readonly (Exception & { readonly member?: string })[] = [
  {
    cases: /^rest\/(?:endpoint\/index\/https\/bad-key|owner\/(?:revoked|customer))$/,
    member: 'index',
    why: 'the index stays closed to an unknown key, and to the key of a customer',
  },
  {
    cases: /^rest\/method-override\/header-post-as-get$/,
    why: 'a key that allows only the overriding method stays rejected',
  },
  {
    cases: /^oauth\/timestamp\/(?:letters-behind|fraction|space-behind|plus|exponent)$/,
    why: 'a timestamp with more than digits stays rejected',
  },
  {
    cases: /^oauth\/timestamp\/array$/,
    why: 'a timestamp that is an array counts as missing, not as invalid',
  },
  {
    cases: /^oauth\/nonce\/replay-after-other-same-second$/,
    why: 'a nonce that was used before stays rejected',
  },
  {
    cases: /^rest\/credential\/query-array-secret$/,
    why: 'WooCommerce fails with status 500 if the secret is an array',
  },
];

export interface PlayedCorpus {
  readonly lenient: Readonly<Record<string, Played>>;
  readonly strict: Readonly<Record<string, Played>>;
}

/** Plays the cases in a process of its own, because they are ES modules. */
export function playCorpus(): PlayedCorpus {
  const program = join(__dirname, '../programs/corpus-on-emulator.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program], {
    cwd: join(__dirname, '../../..'),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as PlayedCorpus;
}

/** Returns the statuses and error codes in what a case saw, at their places. */
export function answersIn(seen: unknown): unknown {
  if (Array.isArray(seen)) return seen.map(answersIn);
  if (typeof seen !== 'object' || seen === null) return typeof seen === 'number' ? seen : undefined;
  const { status, error } = seen as { status?: unknown; error?: { code?: string } };
  if (typeof status === 'number') return { status, code: error?.code };
  const members = Object.entries(seen).map(([name, value]) => [name, answersIn(value)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}
