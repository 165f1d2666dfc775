import { parsePhpParams } from '../http/php-params';
import type { AuthRequest } from './auth-request';

const INDEX = /^\/wp-json(?:\/wc\/v3)?\/?$/;

/** The root of the REST API and of WooCommerce's part of it: they answer without a key, as real clients ask them first. */
export function isRestIndex(method: string, path: string): boolean {
  return (method === 'GET' || method === 'HEAD') && INDEX.test(path);
}

/**
 * Whether the request asks for an index and nothing else, whoever answers it: WordPress lets `rest_route` in the query
 * name another route, and an override another method.
 */
export function isPlainIndex(
  request: Pick<AuthRequest, 'method' | 'methodOverride'>,
  target: string,
): boolean {
  const [path = ''] = target.split('?', 1);
  if (!isRestIndex(request.method, path)) return false;
  const params = parsePhpParams(target.slice(path.length + 1));
  const overridden = [request.methodOverride, params.get('_method')].some(
    (method) =>
      method !== undefined && (typeof method !== 'string' || !/^(?:GET|HEAD|)$/i.test(method.trim())),
  );
  return !overridden && !params.has('rest_route');
}

/** Whether a path (without its query) belongs to the REST API. */
export function isRestPath(path: string): boolean {
  return path === '/wp-json' || path.startsWith('/wp-json/');
}
