import { ApiError } from './api-error';
import type { Collection } from './collection';
import type { Resource } from './resource';
import type { Item } from './values';

/**
 * Deletes an object, or moves it to the trash. Returns it as it was.
 * @throws ApiError if it does not exist, or the resource has no trash
 */
export function removeItem(collection: Collection, existing: () => Item, force: boolean): Item {
  const { type, hasTrash, noTrash = 'Resource does not support trashing.' } = collection.resource;
  // WooCommerce asks for `force` before it looks for a webhook, and looks for a customer first.
  if (!force && !hasTrash) {
    if (type === 'customer') existing();
    throw new ApiError(501, 'woocommerce_rest_trash_not_supported', noTrash);
  }
  const item = existing();
  if (force) collection.remove(item);
  else if (item['status'] === 'trash')
    throw new ApiError(410, 'woocommerce_rest_already_trashed', `The ${type} has already been deleted.`);
  else collection.trash(item);
  return item;
}

/** Returns the error for an unknown id. For a change, the status is 400 in WooCommerce. */
export function unknownId({ type, unknownId: own }: Resource, status: number): ApiError {
  if (own) return new ApiError(own.status, own.code, own.message);
  return new ApiError(status, `woocommerce_rest_${type}_invalid_id`, 'Invalid ID.');
}
