import { EmulatorError } from '../errors';
import { ApiError } from './api-error';
import { checkValues, type Strictness } from './check-values';
import { initialValues, type Fields } from './fields';
import { itemIndex, type ItemIndex } from './item-index';
import { changedMetaData } from './meta-data';
import type { Change, Resource, Shop } from './resource';
import { isObject, wireDate, type Item, type Values } from './values';

/** The stored objects of one resource. */
export interface Collection {
  readonly resource: Resource;
  /** Returns every object, the one with the lowest id first. */
  all(): readonly Item[];
  find(id: number): Item | undefined;
  /** The objects by the values of `Resource.foundBy`. */
  index(): Pick<ItemIndex, 'find' | 'count'>;
  /** @throws ApiError if WooCommerce rejects the values */
  create(given: Values, strictness: Strictness, parent?: number): Item;
  /** @throws ApiError if WooCommerce rejects the values */
  update(item: Item, given: Values, strictness: Strictness): Item;
  trash(item: Item): void;
  remove(item: Item): void;
  /**
   * Fills an empty collection with the objects that the store starts with.
   * @throws EmulatorError that names the entry at fault
   */
  load(seeds: readonly unknown[], name: string): void;
  /** Brings back the objects that the store started with. */
  reset(): void;
}

export function collection(resource: Resource, shop: Shop, now: () => number): Collection {
  const { fields, parent } = resource;
  let items = new Map<number, Item>();
  let index: ItemIndex | undefined;
  let lastId = 0;
  let start: { readonly items: ReadonlyMap<number, Item>; readonly lastId: number } = { items, lastId };

  const view = (item: Item): Item => resource.view?.(item, shop) ?? item;

  function put(item: Item): Item {
    index?.replace(items.get(item.id), item);
    items.set(item.id, item);
    return view(item);
  }

  function settled(item: Item, change: Change): Item {
    const metaData = fields['meta_data']
      ? {
          meta_data: changedMetaData(
            change.before?.['meta_data'],
            change.given['meta_data'],
            shop.nextPartId,
          ),
        }
      : {};
    const complete = { ...item, ...metaData };
    return resource.settle?.(complete, change) ?? complete;
  }

  function added(given: Values, base: Values, id: number, isSeed = false): Item {
    const time = wireDate(now());
    const dates = fields['date_created'] ? { date_created: time, date_modified: time } : {};
    const item = { id, ...merged({ ...initialValues(fields), ...dates, ...base }, given, fields) };
    const change = { given, before: undefined, isSeed, now: time, shop };
    return withGmtDates(settled(item, change), fields);
  }

  /** Returns a new object of the data that a store starts with. What it sets stays as it is. */
  function seeded(seed: unknown): Item {
    if (!isObject(seed)) throw new Error('it must be an object');
    const id = seed['id'] ?? lastId + 1;
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 1)
      throw new Error('id must be a whole number above 0');
    if (items.has(id)) throw new Error(`the id ${id} is used twice`);
    const given = withCommonDates(checkValues(fields, seed, 'seed'));
    const unknown = Object.entries(seed).filter(([name]) => name !== 'id' && !Object.hasOwn(fields, name));
    const settledItem = added(given, {}, id, true);
    const kept = Object.entries(given).filter(([name]) => fields[name]?.readOnly);
    return withGmtDates({ ...settledItem, ...Object.fromEntries([...kept, ...unknown]), id }, fields);
  }

  return {
    resource,
    all: () => (resource.view ? [...items.values()].map(view) : [...items.values()]),
    find(id) {
      const item = items.get(id);
      return item && view(item);
    },
    index: () => (index ??= itemIndex(resource, items.values())),
    create(given, strictness, parentId) {
      if (given['id']) throw new ApiError(400, ...existing(resource.type));
      const base = parent && parentId !== undefined ? { [parent.parameter]: parentId } : {};
      const item = added(checkValues(fields, given, strictness, true), base, lastId + 1);
      lastId = item.id;
      return put(item);
    },
    update(item, given, strictness) {
      const values = checkValues(fields, given, strictness);
      const time = wireDate(now());
      const dates = fields['date_modified'] ? { date_modified: time } : {};
      const changed = { ...merged({ ...item, ...dates }, values, fields), id: item.id };
      const change = { given: values, before: item, isSeed: false, now: time, shop };
      return put(withGmtDates(settled(changed, change), fields, values));
    },
    trash: (item) => void put({ ...item, status: 'trash' }),
    remove({ id }) {
      index?.replace(items.get(id), undefined);
      items.delete(id);
    },
    load(seeds, name) {
      for (const [index, seed] of seeds.entries())
        try {
          lastId = Math.max(lastId, put(seeded(seed)).id);
        } catch (error) {
          throw new EmulatorError(`${name}[${index}]: ${reasonOf(error)}.`);
        }
      items = new Map([...items].sort(([one], [other]) => one - other));
      start = { items: new Map(items), lastId };
    },
    reset() {
      items = new Map(start.items);
      index = undefined;
      ({ lastId } = start);
    },
  };
}

function existing(type: string): [code: string, message: string] {
  return [`woocommerce_rest_${type}_exists`, `Cannot create existing ${type}.`];
}

function reasonOf(error: unknown): string {
  const params = error instanceof ApiError ? error.data['params'] : undefined;
  const message = isObject(params)
    ? Object.values(params).join(' ')
    : error instanceof Error
      ? error.message
      : String(error);
  return message.replace(/\.$/, '');
}

/** Returns an object with new values. An address keeps the members that are unset. */
function merged(item: Values, given: Values, fields: Fields): Record<string, unknown> {
  const changes = Object.entries(given).map(([name, value]): [string, unknown] => {
    const before = item[name];
    const isPart = fields[name]?.type === 'object' && isObject(before) && isObject(value);
    return [name, isPart ? { ...before, ...value } : value];
  });
  return { ...item, ...Object.fromEntries(changes) };
}

/** Lets a seed set either of two dates, `date_paid` or `date_paid_gmt`. */
function withCommonDates(given: Values): Values {
  const fromGmt = Object.entries(given).flatMap(([name, value]): [string, unknown][] =>
    name.endsWith('_gmt') && given[name.slice(0, -4)] === undefined ? [[name.slice(0, -4), value]] : [],
  );
  return { ...given, ...Object.fromEntries(fromGmt) };
}

/** Returns the object with both of each two dates. They are equal, because the store is in UTC. */
function withGmtDates(item: Item, fields: Fields, given: Values = {}): Item {
  const dates = Object.keys(fields).flatMap((name): [string, unknown][] => {
    const gmt = `${name}_gmt`;
    if (!Object.hasOwn(fields, gmt)) return [];
    const value = Object.hasOwn(given, gmt) && !Object.hasOwn(given, name) ? given[gmt] : item[name];
    return [
      [name, value],
      [gmt, value],
    ];
  });
  return { ...item, ...Object.fromEntries(dates) };
}
