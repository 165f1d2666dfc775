import type { Verdict } from './verdict';

/**
 * Returns WooCommerce's answer to a request whose key it does not know, or with 403, whose key's
 * owner may not do this. The route decides, in `…_permissions_check` of its controller.
 * An unknown route or product gets another error before that.
 */
export function permissionDenied(method: string, path: string, status: 401 | 403 = 401): Verdict {
  const route = path.replace(/^\/wp-json\/?/, '').replace(/\/$/, '');
  const isRead = ['GET', 'HEAD'].includes(method);
  if (isRead && /^(?:wc\/v\d)?$/.test(route)) return { accepted: true };
  const last = route.slice(route.lastIndexOf('/') + 1);
  const refused = (action: string, message: string): Verdict => ({
    status,
    code: `woocommerce_rest_cannot_${action}`,
    message,
  });
  if (last === 'batch')
    return refused('batch', 'Sorry, you are not allowed to batch manipulate this resource.');
  const isItem = /^(?:\d+|current)$/.test(last);
  if (isRead)
    return refused(
      'view',
      isItem ? 'Sorry, you cannot view this resource.' : 'Sorry, you cannot list resources.',
    );
  if (method === 'DELETE') return refused('delete', 'Sorry, you are not allowed to delete this resource.');
  return isItem || method !== 'POST'
    ? refused('edit', 'Sorry, you are not allowed to edit this resource.')
    : refused('create', 'Sorry, you are not allowed to create resources.');
}
