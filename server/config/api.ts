import * as z from 'zod';
import { NO_ROUTES, type RouteList } from '../gateway/route-list';
import { parseStoreRoutes } from '../gateway/store-routes';
import { fileText } from './files';
import { oneOf, parsedBy } from './problems';

/** The API behind the gateway. */
export interface ApiConfig {
  readonly upstreamUrl: string | undefined;
  /** The routes that the REST index lists if the upstream API has no index. */
  readonly storeRoutes: RouteList;
  /** Whether rejected OAuth requests are explained in the response. */
  readonly oauthDebug: boolean;
}

const upstreamUrl = parsedBy((value) => {
  const url = new URL(value);
  return ['http:', 'https:'].includes(url.protocol) ? url.href : undefined;
}, 'must be an http or https URL');

/** The variables of this group. */
export const apiVariables = {
  UPSTREAM_URL: z.string().transform(upstreamUrl).optional(),
  STORE_ROUTES: z
    .string()
    .transform(fileText)
    .transform(parsedBy(parseStoreRoutes, 'cannot be used'))
    .optional(),
  OAUTH_DEBUG: oneOf(['0', '1']).default('0'),
};

type Values = z.output<z.ZodObject<typeof apiVariables>>;

/** Returns this group's part of the configuration. */
export function readApi(values: Values): ApiConfig {
  return {
    upstreamUrl: values.UPSTREAM_URL,
    storeRoutes: values.STORE_ROUTES ?? NO_ROUTES,
    oauthDebug: values.OAUTH_DEBUG === '1',
  };
}
