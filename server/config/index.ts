import * as z from 'zod';
import { apiVariables, readApi, type ApiConfig } from './api';
import { appearanceVariables, readAppearance, type AppearanceConfig } from './appearance';
import { callbackVariables, readCallback, type CallbackConfig } from './callback';
import { databaseProblems, databaseVariables, readDatabase, type DatabaseConfig } from './database';
import { limitsProblems, limitsVariables, readLimits, type LimitsConfig } from './limits';
import { networkProblems, networkVariables, readNetwork, type NetworkConfig } from './network';
import { operationsVariables, readOperations, type OperationsConfig } from './operations';
import { ConfigError } from './problems';
import { readSignIn, signInProblems, signInVariables, type SignInConfig } from './sign-in';
import { configWarnings } from './warnings';
import { readServer, serverProblems, serverVariables, type ServerConfig } from './server';

export { loadEnvFile } from './env-file';
export { ConfigError } from './problems';

/** Everything the server is configured with, parsed and checked. Durations are milliseconds. */
export interface Config
  extends
    ServerConfig,
    DatabaseConfig,
    NetworkConfig,
    CallbackConfig,
    AppearanceConfig,
    LimitsConfig,
    SignInConfig,
    ApiConfig,
    OperationsConfig {
  /** Probable mistakes that do not stop the server, one line each. */
  readonly warnings: readonly string[];
}

const environment = z.object({
  ...serverVariables,
  ...databaseVariables,
  ...networkVariables,
  ...callbackVariables,
  ...appearanceVariables,
  ...limitsVariables,
  ...signInVariables,
  ...apiVariables,
  ...operationsVariables,
});

/** The names of all variables. `.env.example` lists them in the same order. */
export const VARIABLES = Object.keys(environment.shape);

/** Returns the default of a variable, or `undefined` if it has none that can be written. */
export function defaultOf(name: string): string | undefined {
  const fallback: unknown = (environment.shape as Record<string, z.ZodType>)[name]?.safeParse(undefined).data;
  return ['string', 'number'].includes(typeof fallback) && fallback !== '' ? String(fallback) : undefined;
}

/**
 * Reads the environment. A variable that is set but empty counts as unset.
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
  problems.push(
    ...networkProblems(set),
    ...databaseProblems(set),
    ...serverProblems(set),
    ...limitsProblems(set),
    ...signInProblems(set),
  );
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);

  const values = parsed.data;
  const server = readServer(values);
  return {
    ...server,
    ...readDatabase(values, set),
    ...readNetwork(values),
    ...readCallback(values, server.storeUrl),
    ...readAppearance(values),
    ...readLimits(values),
    ...readSignIn(values),
    ...readApi(values),
    ...readOperations(values, values.CALLBACK_TIMEOUT_MS),
    warnings: configWarnings(set, VARIABLES, server.storeUrl),
  };
}
