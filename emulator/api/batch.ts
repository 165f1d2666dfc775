import { ApiError } from './api-error';
import type { Collection } from './collection';
import { presented } from './present';
import { removeItem, unknownId } from './remove-item';
import type { Call } from './route';
import { isObject, numberOf, type Item, type Values } from './values';

const LIMIT = 100;

/**
 * Creates, updates and deletes objects. Each of the three lists of the answer has an entry for each
 * object, in their order. An object that fails does not stop the others.
 *
 * @throws ApiError 413 for more than 100 objects
 */
export function batch(collection: Collection, call: Call): unknown {
  const { resource } = collection;
  const [created, updated, removed] = ['create', 'update', 'delete'].map((name) =>
    entriesOf(call.given[name]),
  );
  const lists = { create: created ?? [], update: updated ?? [], delete: removed ?? [] };
  if (lists.create.length + lists.update.length + lists.delete.length > LIMIT)
    throw new ApiError(
      413,
      'woocommerce_rest_request_entity_too_large',
      `Unable to accept more than ${LIMIT} items for this request.`,
    );
  const find = (id: number, status: number): Item => {
    const item = collection.find(id);
    if (!item) throw unknownId(resource, status);
    return item;
  };
  const attempt = (id: unknown, change: () => Item): Values => {
    try {
      return presented(change(), resource, call);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { id, error: error.body };
    }
  };
  const answers = {
    create: lists.create.map((given) => attempt(0, () => collection.create(valuesOf(given), 'batch'))),
    update: lists.update.map((entry) => {
      const given = valuesOf(entry);
      return attempt(given['id'] ?? null, () =>
        collection.update(find(numberOf(given['id']), 400), given, 'batch'),
      );
    }),
    delete: lists.delete
      .map((id) => Math.trunc(numberOf(id)))
      .filter((id) => id !== 0)
      .map((id) => attempt(id, () => removeItem(collection, () => find(id, 404), true))),
  };
  const answered = Object.entries(answers).filter(([, list]) => list.length > 0);
  // PHP writes an empty object as a list.
  return answered.length === 0 ? [] : Object.fromEntries(answered);
}

const valuesOf = (entry: unknown): Values => (isObject(entry) ? entry : {});

/** Returns the entries of a list, which a form writes as an object with numbers. */
function entriesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}
