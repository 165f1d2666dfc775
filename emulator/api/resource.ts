import type { Field, Fields } from './fields';
import type { Item, Values } from './values';

/** What a resource may know of the store. */
export interface Shop {
  readonly url: string;
  readonly currency: string;
  /** Returns an object of a resource, which is named as in its path: `products`. */
  find(path: string, id: number): Item | undefined;
  /** Returns the object with a value of `Resource.foundBy`, but not the one with the id `except`. */
  findBy(path: string, name: string, value: string, except?: number): Item | undefined;
  countBy(path: string, name: string, value: string): number;
  /** Returns an id for a part of an object: a line of an order, an image, an entry of `meta_data`. */
  readonly nextPartId: () => number;
}

/** The change that `Resource.settle` completes. */
export interface Change {
  /** The values of the request. */
  readonly given: Values;
  /** The object before the change. Unset if it is new. */
  readonly before: Item | undefined;
  /** Whether the object is part of the data that the store starts with. */
  readonly isSeed: boolean;
  /** The time of the change, as the API writes it. */
  readonly now: string;
  readonly shop: Shop;
}

/** A parameter that selects objects of a list. */
export interface Filter {
  /** Its type. A filter with an initial value always applies. */
  readonly field: Field;
  readonly matches: (item: Item, value: unknown) => boolean;
}

/** How a list is searched and sorted. */
export interface Listing {
  /** Returns the texts that `search` looks in. */
  readonly searched: (item: Item) => readonly unknown[];
  /** What `orderby` can name. `include` is understood too. */
  readonly orderBy: Readonly<Record<string, (item: Item) => string | number>>;
  readonly defaultOrderBy: string;
  readonly defaultOrder: 'asc' | 'desc';
  /** Whether a list always has all objects, without pages. */
  readonly isWhole?: boolean;
  readonly filters: Readonly<Record<string, Filter>>;
}

/** A collection of the API: its fields, and what WooCommerce does with them. */
export interface Resource {
  /** The path below the namespace: `products`. */
  readonly path: string;
  /** The name in error codes: `shop_order` in `woocommerce_rest_shop_order_invalid_id`. */
  readonly type: string;
  readonly fields: Fields;
  readonly listing: Listing;
  /** The values by which other objects find one: `{ sku: (item) => […] }`. */
  readonly foundBy?: Readonly<Record<string, (item: Item) => readonly string[]>>;
  /** Whether DELETE without `force` moves an object to the trash. */
  readonly hasTrash: boolean;
  /** The message of the 501 for DELETE without `force`. */
  readonly noTrash?: string;
  /**
   * Whether WooCommerce looks for the object before it checks permissions. Then an unknown id gets
   * the same error with any key and without one.
   */
  readonly looksFirst?: boolean;
  /** The error for an unknown id, if it is not `woocommerce_rest_TYPE_invalid_id`. */
  readonly unknownId?: { readonly code: string; readonly message: string; readonly status: number };
  /** The resource that each object belongs to, and the parameter of the path that names it. */
  readonly parent?: { readonly path: string; readonly parameter: string; readonly type: string };
  /** Returns an object with what follows from other objects. */
  view?(item: Item, shop: Shop): Item;
  /**
   * Returns an object with its derived fields.
   * @throws ApiError if WooCommerce rejects the change
   */
  settle?(item: Item, change: Change): Item;
}
