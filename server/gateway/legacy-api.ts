import type { RequestListener } from 'node:http';
import { RestError } from '../errors/http-errors';
import type { RestErrors } from '../errors/rest';
import { sendPreflight } from '../http/rest-answer';
import type { StoreUrl } from '../http/store-url';

/**
 * Returns whether a path belongs to the legacy API of WooCommerce before 2.6. `/wc-api/NAME`
 * without a version is a payment callback and does not.
 */
export function isLegacyApiPath(path: string): boolean {
  return /^\/wc-api\/v[123](?:\/|$)/.test(path);
}

/** Returns the listener for the legacy API. It answers 404 with the address of the REST API. */
export function legacyApi({
  storeUrl,
  errors,
}: {
  readonly storeUrl: Pick<StoreUrl, 'href'>;
  readonly errors: Pick<RestErrors, 'send'>;
}): RequestListener {
  return (request, response) => {
    if (request.method === 'OPTIONS') {
      sendPreflight(response, storeUrl);
      return;
    }
    const message = `The legacy API is not available here. Use the REST API at ${storeUrl.href}/wp-json/wc/v3.`;
    errors.send(response, new RestError(404, 'woocommerce_api_disabled', message));
  };
}
