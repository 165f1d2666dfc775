import type { IncomingMessage, ServerResponse } from 'node:http';
import { RestError } from '../errors/http-errors';
import { sendRestError } from '../errors/rest';
import { sendPreflight } from '../http/rest-answer';
import type { StoreUrl } from '../http/store-url';

/** The API of WooCommerce before 2.6. `/wc-api/NAME` without a version is a payment service's callback. */
export function isLegacyApiPath(path: string): boolean {
  return /^\/wc-api\/v[123](?:\/|$)/.test(path);
}

/** Answers an old client: where the API is today. */
export function answerLegacyApi(
  request: IncomingMessage,
  response: ServerResponse,
  storeUrl: StoreUrl,
): void {
  if (request.method === 'OPTIONS') sendPreflight(response, storeUrl);
  else
    sendRestError(
      response,
      new RestError(
        404,
        'woocommerce_api_disabled',
        `The legacy API is not available here. Use the REST API at ${storeUrl.href}/wp-json/wc/v3.`,
      ),
      storeUrl,
    );
}
