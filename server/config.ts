import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import proxyAddr from 'proxy-addr';
import { z } from 'zod';
import { parseAllowHosts, type AllowedHost } from './callback-delivery/allow-hosts';
import { parseAccent } from './pages/theme';
import { parseStoreUrl, type StoreUrl } from './http/store-url';
import { NO_ROUTES, type RouteList } from './gateway/route-list';
import { parseStoreRoutes } from './gateway/store-routes';
import { fileOf, readDatabaseUrl, type DatabaseOptions } from './storage/drivers';
import { keysInText } from './storage/secret-key-file';
import type { FailedKeyLimits } from './key-authentication/failed-keys';
import type { SignInLimits } from './session/sign-in-throttle';

/** Everything the server can be told, parsed and checked. Durations are milliseconds. */
export interface Config {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly storeUrl: StoreUrl;
  readonly database: DatabaseOptions;
  /** `undefined`: a key file beside the database is read, or made on the first run. */
  readonly secretKey: string | undefined;
  /** SECRET_KEY_FILE, absolute: read again when a key is needed that was not in it. */
  readonly secretKeyFile: string | undefined;
  /** The key that SECRET_KEY is replacing. */
  readonly secretKeyPrevious: string | undefined;
  /** Says whether the peer at this address may speak for others through `X-Forwarded-*`. */
  readonly trustsProxy: (address: string) => boolean;
  readonly tls: { readonly port: number; readonly cert: string; readonly key: string } | undefined;
  readonly callback: {
    readonly timeoutMs: number;
    readonly allowHosts: readonly AllowedHost[];
    readonly userAgent: string;
  };
  readonly store: { readonly name: string; readonly logo: string | undefined; readonly accent: string };
  readonly session: { readonly idleMs: number; readonly absoluteMs: number };
  readonly signInLimits: SignInLimits;
  readonly failedKeyLimits: FailedKeyLimits;
  /** Entries of the history older than so many days are removed. 0: none. */
  readonly historyDays: number;
  readonly upstreamUrl: string | undefined;
  /** What the index lists if the API behind the gateway has none. */
  readonly storeRoutes: RouteList;
  readonly oauthDebug: boolean;
  readonly logLevel: LogLevel;
  /** Where Prometheus reads; `undefined`: nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  readonly stop: {
    /** How long it goes on taking requests after it was told to stop, `/readyz` already refusing. */
    readonly delayMs: number;
    /** How long after that what is in flight may take. */
    readonly deadlineMs: number;
  };
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Every mistake of the environment at once, one line each: `NAME: what is wrong`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

const wholeIfSet = (least: number, most: number) =>
  z.coerce
    .number({ message: `is not a whole number from ${least} to ${most}` })
    .refine((value) => Number.isInteger(value) && value >= least && value <= most, {
      message: `is not a whole number from ${least} to ${most}`,
    });
const whole = (fallback: number, least: number, most: number) => wholeIfSet(least, most).default(fallback);
const port = (fallback: number) => whole(fallback, 0, 65535);

/** Turns a parser that throws, or answers `undefined`, into a zod step that names its complaint. */
const parsedBy =
  <Out>(parse: (value: string) => Out | undefined, complaint: string) =>
  (value: string, context: z.RefinementCtx): Out => {
    try {
      const parsed = parse(value);
      if (parsed !== undefined) return parsed;
      context.addIssue({ code: 'custom', message: complaint });
    } catch (error) {
      context.addIssue({ code: 'custom', message: `${complaint}: ${(error as Error).message}` });
    }
    return z.NEVER;
  };

const readable = parsedBy((file) => readFileSync(file, 'utf8'), 'cannot be read');

const upstream = parsedBy((value) => {
  const url = new URL(value);
  return ['http:', 'https:'].includes(url.protocol) ? url.href : undefined;
}, 'is not an http or https URL');

const logo = parsedBy((value) => {
  if (/^https:\/\//i.test(value)) return new URL(value).href;
  return statSync(value, { throwIfNoEntry: false })?.isFile() ? resolve(value) : undefined;
}, 'is neither an https URL nor a file that exists');

const secretKeyText = z.string().min(32, 'needs at least 32 characters; `openssl rand -hex 32` makes one');

const environment = z.object({
  NODE_ENV: z.string().default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: port(8080),
  STORE_URL: z
    .string()
    .transform(parsedBy(parseStoreUrl, 'is not an http or https URL without query, fragment and password'))
    .optional(),
  DATABASE_URL: z
    .string()
    .default('sqlite:data/wc-auth.sqlite')
    .transform(
      parsedBy(
        readDatabaseUrl,
        'is not sqlite:PATH, file:PATH, a path or postgres://USER:PASSWORD@HOST/DATABASE',
      ),
    ),
  DATABASE_CONNECTIONS: whole(16, 4, 1_000),
  SECRET_KEY: secretKeyText.optional(),
  SECRET_KEY_FILE: z
    .string()
    .transform(readable)
    .transform((text) => keysInText(text)[0] ?? '')
    .pipe(secretKeyText)
    .optional(),
  SECRET_KEY_PREVIOUS: secretKeyText.optional(),
  TRUST_PROXY: z
    .string()
    .default('')
    .transform(
      parsedBy((value) => {
        const trusted = value
          .split(',')
          .map((entry) => entry.trim())
          .filter(Boolean);
        const compiled = proxyAddr.compile(trusted);
        return (address: string) => compiled(address, 0);
      }, 'is not a list of addresses, CIDR ranges, loopback, linklocal or uniquelocal'),
    ),
  TLS_CERT_FILE: z.string().transform(readable).optional(),
  TLS_KEY_FILE: z.string().transform(readable).optional(),
  HTTPS_PORT: port(8443),
  CALLBACK_TIMEOUT_MS: whole(60_000, 100, 600_000),
  CALLBACK_ALLOW_HOSTS: z
    .string()
    .default('')
    .transform(parsedBy(parseAllowHosts, 'is not a list of host, host:port or CIDR')),
  CALLBACK_USER_AGENT: z
    .string()
    .regex(/^[\x20-\x7e]+$/, 'may hold printable ASCII only')
    .optional(),
  STORE_NAME: z.string().trim().min(1).max(100).default('My store'),
  STORE_LOGO: z.string().transform(logo).optional(),
  STORE_ACCENT: z.string().default('#5b3fd6').transform(parsedBy(parseAccent, 'is not a CSS colour')),
  SESSION_IDLE_MINUTES: whole(120, 1, 60 * 24 * 30),
  SESSION_ABSOLUTE_HOURS: whole(24, 1, 24 * 90),
  SIGN_IN_FAILURES: whole(10, 1, 1_000_000),
  SIGN_IN_FAILURES_PER_ADDRESS: whole(50, 1, 1_000_000),
  SIGN_IN_FAILURES_PER_ACCOUNT: whole(100, 1, 1_000_000),
  SIGN_IN_WINDOW_MINUTES: whole(15, 1, 60 * 24),
  FAILED_KEYS_PER_ADDRESS: whole(1000, 1, 1_000_000_000),
  FAILED_KEYS_WINDOW_MINUTES: whole(5, 1, 60 * 24),
  HISTORY_DAYS: whole(400, 0, 36_500),
  UPSTREAM_URL: z.string().transform(upstream).optional(),
  STORE_ROUTES: z
    .string()
    .transform(readable)
    .transform(parsedBy(parseStoreRoutes, 'cannot be used'))
    .optional(),
  OAUTH_DEBUG: z.enum(['0', '1']).default('0'),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  METRICS_PORT: wholeIfSet(0, 65535).optional(),
  METRICS_HOST: z.string().default('127.0.0.1'),
  STOP_DELAY_SECONDS: whole(0, 0, 600),
  STOP_DEADLINE_SECONDS: wholeIfSet(1, 3_600).optional(),
});

/** The names `.env.example` has to list. */
export const VARIABLES = Object.keys(environment.shape);

/**
 * Reads the environment; a variable that is set but empty counts as absent.
 * @throws ConfigError with every mistake.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(set);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const production = set.NODE_ENV === 'production';
  if (Boolean(set.TLS_CERT_FILE) !== Boolean(set.TLS_KEY_FILE))
    problems.push('TLS_CERT_FILE, TLS_KEY_FILE: either both are set or none');
  if (set.SECRET_KEY && set.SECRET_KEY_FILE)
    problems.push('SECRET_KEY, SECRET_KEY_FILE: only one of them may be set');
  if (production && !set.SECRET_KEY && !set.SECRET_KEY_FILE)
    problems.push('SECRET_KEY: with NODE_ENV=production this variable or SECRET_KEY_FILE is required');
  if (isDatabaseServer(set.DATABASE_URL) && !set.SECRET_KEY && !set.SECRET_KEY_FILE)
    problems.push(
      'SECRET_KEY: with PostgreSQL this variable or SECRET_KEY_FILE is required, the same on every server',
    );
  problems.push(...tlsProblems(set.TLS_CERT_FILE, set.TLS_KEY_FILE));
  if (set.PORT === '0' && !set.STORE_URL)
    problems.push('STORE_URL: with PORT=0 it has to be given, for nobody knows the port beforehand');
  if (set.TLS_CERT_FILE && (set.HTTPS_PORT ?? '8443') === set.PORT && set.PORT !== '0')
    problems.push('PORT, HTTPS_PORT: both cannot listen at the same port');
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);

  const values = parsed.data;
  const storeUrl = values.STORE_URL ?? parseStoreUrl(`http://localhost:${values.PORT}`);
  if (!storeUrl) throw new ConfigError(['STORE_URL: is not a URL']);
  return {
    production,
    host: values.HOST,
    port: values.PORT,
    storeUrl,
    database: values.DATABASE_URL(values.DATABASE_CONNECTIONS),
    secretKey: values.SECRET_KEY ?? values.SECRET_KEY_FILE,
    secretKeyFile: set.SECRET_KEY_FILE === undefined ? undefined : resolve(set.SECRET_KEY_FILE),
    secretKeyPrevious: values.SECRET_KEY_PREVIOUS,
    trustsProxy: values.TRUST_PROXY,
    tls:
      values.TLS_CERT_FILE !== undefined && values.TLS_KEY_FILE !== undefined
        ? { port: values.HTTPS_PORT, cert: values.TLS_CERT_FILE, key: values.TLS_KEY_FILE }
        : undefined,
    callback: {
      timeoutMs: values.CALLBACK_TIMEOUT_MS,
      allowHosts: values.CALLBACK_ALLOW_HOSTS,
      // Apps in the wild read the store's address out of this header (WooCommerce sends `WordPress/VERSION; STORE`).
      userAgent: values.CALLBACK_USER_AGENT ?? `WordPress/7.1; ${storeUrl.href}`,
    },
    store: { name: values.STORE_NAME, logo: values.STORE_LOGO, accent: values.STORE_ACCENT },
    session: {
      idleMs: values.SESSION_IDLE_MINUTES * 60_000,
      absoluteMs: values.SESSION_ABSOLUTE_HOURS * 3_600_000,
    },
    signInLimits: {
      failures: values.SIGN_IN_FAILURES,
      failuresPerAddress: values.SIGN_IN_FAILURES_PER_ADDRESS,
      failuresPerAccount: values.SIGN_IN_FAILURES_PER_ACCOUNT,
      windowMs: values.SIGN_IN_WINDOW_MINUTES * 60_000,
    },
    failedKeyLimits: {
      failures: values.FAILED_KEYS_PER_ADDRESS,
      windowMs: values.FAILED_KEYS_WINDOW_MINUTES * 60_000,
    },
    historyDays: values.HISTORY_DAYS,
    upstreamUrl: values.UPSTREAM_URL,
    storeRoutes: values.STORE_ROUTES ?? NO_ROUTES,
    oauthDebug: values.OAUTH_DEBUG === '1',
    logLevel: values.LOG_LEVEL,
    metrics:
      values.METRICS_PORT === undefined
        ? undefined
        : { host: values.METRICS_HOST, port: values.METRICS_PORT },
    stop: {
      delayMs: values.STOP_DELAY_SECONDS * 1000,
      // A callback in flight is the longest that a request takes.
      deadlineMs: (values.STOP_DEADLINE_SECONDS ?? 0) * 1000 || values.CALLBACK_TIMEOUT_MS + 5_000,
    },
  };
}

/** Whether two files that can be read are a certificate and its key; files that cannot are named elsewhere. */
function tlsProblems(certFile: string | undefined, keyFile: string | undefined): string[] {
  if (certFile === undefined || keyFile === undefined) return [];
  try {
    createSecureContext({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
    return [];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) return [];
    return [`TLS_CERT_FILE, TLS_KEY_FILE: cannot be used together: ${(error as Error).message}`];
  }
}

/** Whether DATABASE_URL names a server, beside which no key file can be made. */
function isDatabaseServer(url = ''): boolean {
  const named = readDatabaseUrl(url)?.(1);
  return named !== undefined && fileOf(named) === undefined;
}
