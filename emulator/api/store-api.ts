import type { RequestHandler } from 'express';
import { EmulatorError } from '../errors';
import type { StoreData } from '../store';
import type { ApiError } from './api-error';
import { apiHandler } from './api-handler';
import { CATEGORIES } from './category';
import { collection, type Collection } from './collection';
import { collectionRoutes } from './collection-routes';
import { COUPONS } from './coupon';
import { CUSTOMERS } from './customer';
import { DEMO_DATA } from './demo-data';
import { ORDERS } from './order';
import { ORDER_NOTES } from './order-note';
import { PRODUCTS } from './product';
import type { Shop } from './resource';
import type { Route } from './route';
import { earlyError, routeFinder } from './route-finder';
import { settingsRoutes } from './settings';
import { factRoutes } from './store-facts';
import { objectsOf, type Values } from './values';
import { WEBHOOKS } from './webhook';

/** The REST API of an emulated store. */
export interface StoreApi {
  /**
   * Answers the requests below `/wp-json/wc/v1`, `v2` and `v3`, and passes on all others. It checks no
   * key. Mount it behind `canonicalRestPath` and `requireConsumerKey`.
   */
  readonly handler: RequestHandler;
  /**
   * Returns the error that a request gets before its key is checked, if there is one.
   * @param path canonical, such as `/wp-json/wc/v3/orders/12`
   */
  readonly earlyError: (method: string, path: string) => ApiError | undefined;
  /** Route pattern → methods, as STORE_ROUTES lists them. */
  readonly routes: Readonly<Record<string, readonly string[]>>;
  /** Brings back the data that the store started with. */
  reset(): void;
}

export interface StoreApiOptions {
  /** If it is undefined, the store has a small shop for tea. */
  readonly data: StoreData | undefined;
  /** The store's address, without a final slash. */
  readonly url: string;
  readonly storeName: string;
  readonly now: () => number;
}

const VERSIONS = ['v1', 'v2', 'v3'];

/**
 * Returns the REST API of a store that keeps its objects in memory.
 * @throws EmulatorError that names the entry of `data` at fault
 */
export function storeApi({ data = DEMO_DATA, url, storeName, now }: StoreApiOptions): StoreApi {
  const collections = new Map<string, Collection>();
  let parts = 0;
  const shop: Shop = {
    url,
    currency: 'USD',
    find: (path, id) => collections.get(path)?.find(id),
    findBy: (path, ...by) =>
      collections
        .get(path)
        ?.index()
        .find(...by),
    countBy: (path, ...by) =>
      collections
        .get(path)
        ?.index()
        .count(...by) ?? 0,
    nextPartId: () => ++parts,
  };
  // In the order in which they need each other: an order has products, a product has categories.
  for (const resource of [CATEGORIES, PRODUCTS, CUSTOMERS, COUPONS, ORDERS, ORDER_NOTES, WEBHOOKS])
    collections.set(resource.path, collection(resource, shop, now));
  const seeds = seedsOf(copyOf(data));
  for (const [path, objects] of collections) objects.load(seeds[path] ?? [], `data.${path}`);

  const orderExists = (id: number) => shop.find('orders', id) !== undefined;
  const routes: Route[] = [
    ...[...collections.values()].flatMap((one) => collectionRoutes(one, orderExists)),
    ...settingsRoutes(storeName),
    ...factRoutes(url),
  ];
  const find = routeFinder(routes);
  return {
    handler: apiHandler(find, url),
    earlyError: (method, path) => earlyError(find, method, path),
    routes: listed(routes),
    reset() {
      for (const objects of collections.values()) objects.reset();
    },
  };
}

/** Returns the data as JSON carries it, so that a later change to the test's own objects is not seen. */
function copyOf(data: StoreData): StoreData {
  try {
    return JSON.parse(JSON.stringify(data)) as StoreData;
  } catch (error) {
    throw new EmulatorError(`data must be plain objects that JSON can hold: ${String(error)}`);
  }
}

/** Returns the objects of each collection. The categories are those that the products name. */
function seedsOf(data: StoreData): Readonly<Record<string, readonly unknown[]>> {
  for (const [name, objects] of Object.entries(data) as [string, unknown][])
    if (objects !== undefined && !Array.isArray(objects))
      throw new EmulatorError(`data.${name} must be a list of objects.`);
  const categories = new Map<unknown, Values>();
  for (const product of objectsOf(data.products))
    for (const category of objectsOf(product['categories']))
      if (category['id'] && category['name']) categories.set(category['id'], category);
  return { ...(data as Record<string, readonly unknown[]>), 'products/categories': [...categories.values()] };
}

function listed(routes: readonly Route[]): StoreApi['routes'] {
  return Object.fromEntries(
    VERSIONS.flatMap((version) =>
      routes.map(({ pattern, methods }) => [`/wc/${version}/${pattern}`, Object.keys(methods)]),
    ),
  );
}
