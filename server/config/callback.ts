import * as z from 'zod';
import { parseAllowHosts, type AllowedHost } from '../callback-delivery/allow-hosts';
import type { StoreUrl } from '../http/store-url';
import { parsedBy, whole } from './problems';

/** How keys are delivered to apps. */
export interface CallbackConfig {
  readonly callback: {
    readonly timeoutMs: number;
    readonly allowHosts: readonly AllowedHost[];
    readonly userAgent: string;
  };
}

/** The variables of this group. */
export const callbackVariables = {
  CALLBACK_TIMEOUT_MS: whole(60_000, 100, 600_000),
  CALLBACK_ALLOW_HOSTS: z
    .string()
    .default('')
    .transform(parsedBy(parseAllowHosts, 'must be a list of host, host:port or CIDR')),
  CALLBACK_USER_AGENT: z
    .string()
    .regex(/^[\x20-\x7e]+$/, 'must contain printable ASCII only')
    .optional(),
};

type Values = z.output<z.ZodObject<typeof callbackVariables>>;

/** Returns this group's part of the configuration. */
export function readCallback(values: Values, storeUrl: StoreUrl): CallbackConfig {
  return {
    callback: {
      timeoutMs: values.CALLBACK_TIMEOUT_MS,
      allowHosts: values.CALLBACK_ALLOW_HOSTS,
      // Apps read the store's address from this header. WooCommerce sends `WordPress/VERSION;
      // STORE`.
      userAgent: values.CALLBACK_USER_AGENT ?? `WordPress/7.1; ${storeUrl.href}`,
    },
  };
}
