import { ApiError } from './api-error';
import { batch } from './batch';
import { checkValues } from './check-values';
import type { Collection } from './collection';
import { addressOf, presented } from './present';
import { removeItem, unknownId } from './remove-item';
import { editable, idOf, type Answer, type Call, type Route } from './route';
import { selectItems, type Page } from './select-items';
import type { Item } from './values';

/** Returns the routes of a collection: list, single object, batch. */
export function collectionRoutes(
  collection: Collection,
  parentExists: (id: number) => boolean = () => true,
): Route[] {
  const { resource } = collection;
  const { path, parent } = resource;

  const parentOf = (call: Call): number | undefined => {
    if (!parent) return undefined;
    const id = idOf(call, parent.parameter);
    if (!parentExists(id))
      throw new ApiError(404, `woocommerce_rest_${parent.type}_invalid_id`, `Invalid ${parent.type} ID.`);
    return id;
  };
  const isBelow = (call: Call) => {
    const id = parentOf(call);
    return (item: Item) => !parent || item[parent.parameter] === id;
  };
  const existing = (call: Call, status: number): Item => {
    const item = collection.find(idOf(call, 'id'));
    if (!item || !isBelow(call)(item)) throw unknownId(resource, status);
    return item;
  };
  const shown = (item: Item, call: Call, status = 200): Answer => ({
    status,
    body: presented(item, resource, call),
  });
  const list = (call: Call): Answer => {
    const page = selectItems(collection.all().filter(isBelow(call)), resource, call.given);
    return {
      body: page.items.map((item) => presented(item, resource, call)),
      headers: pageHeaders(page, addressOf(path, call), call),
    };
  };
  const create = (call: Call): Answer => {
    const item = collection.create(call.given, 'request', parentOf(call));
    return {
      ...shown(item, call, 201),
      headers: { Location: `${addressOf(path, call)}/${item.id}` },
    };
  };
  const update = (call: Call) => shown(collection.update(existing(call, 400), call.given, 'request'), call);
  const remove = (call: Call): Answer => {
    const { force = false } = checkValues({ force: { type: 'boolean' } }, call.given, 'request');
    return shown(
      removeItem(collection, () => existing(call, 404), force === true),
      call,
    );
  };

  const single: Route = {
    pattern: `${path}/(?P<id>[\\d]+)`,
    early: (method, names) =>
      resource.looksFirst && !collection.find(idOf({ names }, 'id'))
        ? unknownId(resource, ['POST', 'PUT', 'PATCH'].includes(method) ? 400 : 404)
        : undefined,
    methods: { GET: (call) => shown(existing(call, 404), call), DELETE: remove },
  };
  // WooCommerce cannot change a note of an order.
  if (parent) return [{ pattern: path, methods: { GET: list, POST: create } }, single];
  return [
    { pattern: path, methods: { GET: list, POST: create } },
    { ...single, methods: { ...editable(update), ...single.methods } },
    { pattern: `${path}/batch`, methods: editable((call) => ({ body: batch(collection, call) })) },
  ];
}

/** Returns the headers of a page. As in WooCommerce, `Link` names the next page and the one before. */
function pageHeaders({ total, page, pages }: Page, address: string, { query }: Call): Record<string, string> {
  const kept = query.filter(([name]) => name !== 'page');
  const link = (number: number, rel: string) => {
    const pairs = [...kept, ['page', String(number)] as const];
    const text = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
    return `<${address}?${text.join('&')}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(Math.min(page - 1, pages), 'prev')] : []),
    ...(pages > page ? [link(page + 1, 'next')] : []),
  ];
  return {
    'X-WP-Total': String(total),
    'X-WP-TotalPages': String(pages),
    ...(links.length > 0 ? { Link: links.join(', ') } : {}),
  };
}
