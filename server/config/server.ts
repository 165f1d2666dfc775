import * as z from 'zod';
import { parseStoreUrl, type StoreUrl } from '../http/store-url';
import { ConfigError, parsedBy, port, type SetVariables } from './problems';

/** Where the server listens and the address that its users see. */
export interface ServerConfig {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly storeUrl: StoreUrl;
}

/** The variables of this group. */
export const serverVariables = {
  NODE_ENV: z.string().default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: port(8080),
  STORE_URL: z
    .string()
    .transform(parsedBy(parseStoreUrl, 'must be an http or https URL without a query, fragment or password'))
    .optional(),
};

type Values = z.output<z.ZodObject<typeof serverVariables>>;

/** Returns whether NODE_ENV is `production`. */
export const isProduction = ({ NODE_ENV }: { readonly NODE_ENV?: string | undefined }): boolean =>
  NODE_ENV === 'production';

/** Returns what is wrong with PORT and STORE_URL together, one line each. */
export function serverProblems({ PORT, STORE_URL }: SetVariables): string[] {
  return PORT === '0' && STORE_URL === undefined
    ? ['STORE_URL: must be set with PORT=0, because the port is not known in advance']
    : [];
}

/**
 * Reads the variables of this group. The default of STORE_URL is `http://localhost:PORT`.
 * @throws ConfigError if that is not a URL
 */
export function readServer(values: Values): ServerConfig {
  const storeUrl = values.STORE_URL ?? parseStoreUrl(`http://localhost:${values.PORT}`);
  if (!storeUrl) throw new ConfigError(['STORE_URL: must be a URL']);
  return { production: isProduction(values), host: values.HOST, port: values.PORT, storeUrl };
}
