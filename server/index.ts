import type { RequestListener } from 'node:http';
import type { RequestHandler } from 'express';
import { createApp } from './app';
import { readConfig } from './config';
import type { RequireConsumerKeyOptions } from './key-authentication/require-consumer-key';
import { createLogger } from './logging/logger';
import { openStore } from './open-store';

export { canonicalRestPath } from './key-authentication/canonical-rest-path';
export type { CanonicalRestPathOptions } from './key-authentication/canonical-rest-path';
export { keepRawBody } from './key-authentication/raw-body';
export { consumerKeyOf } from './key-authentication/require-consumer-key';
export type { RequireConsumerKeyOptions } from './key-authentication/require-consumer-key';
export type { VerifiedKey } from './key-authentication/found-key';
export { RestError } from './errors/http-errors';

/** The authorization server, embedded in another program. */
export interface WcAuth {
  /**
   * The whole server (`/wc-auth/v1/…`, `/login`, `/account`) as a listener:
   * `app.use(wcAuth.listener)`.
   */
  readonly listener: RequestListener;
  /**
   * Returns middleware that guards routes of your own Express app. Mount it before body parsers, or
   * give those `keepRawBody`.
   */
  requireConsumerKey(options?: RequireConsumerKeyOptions): RequestHandler;
  /** Writes what is still in memory, and closes the database. */
  close(): Promise<void>;
}

/**
 * Opens the store that the environment names (the variables of `.env.example`), and migrates its
 * schema.
 * @throws ConfigError with every mistake; SchemaTooNewError; WrongSecretKeyError
 */
export async function openWcAuth(env: NodeJS.ProcessEnv): Promise<WcAuth> {
  const config = readConfig(env);
  const store = await openStore(config);
  const { database, announceKeys } = store;
  try {
    const app = createApp({ ...store, config, log: createLogger(config) });
    const withdrawKeys = await announceKeys();
    await app.janitor.discardUndelivered();
    const janitor = app.janitor.start();
    return {
      listener: app.listener,
      requireConsumerKey: app.requireConsumerKey,
      async close() {
        janitor.stop();
        await app.close();
        await withdrawKeys().catch(() => undefined);
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
