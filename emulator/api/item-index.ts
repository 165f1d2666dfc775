import type { Resource } from './resource';
import type { Item } from './values';

/** The objects of a collection by the values of `Resource.foundBy`. */
export interface ItemIndex {
  find(name: string, value: string, except?: number): Item | undefined;
  count(name: string, value: string): number;
  replace(before: Item | undefined, after: Item | undefined): void;
}

/** Returns an index of objects, so that a search for one of them does not read all. */
export function itemIndex({ foundBy = {} }: Pick<Resource, 'foundBy'>, items: Iterable<Item>): ItemIndex {
  const places = new Map<string, Map<number, Item>>();
  const at = (name: string, value: string) => `${name} ${value}`;
  const placesOf = (item: Item) =>
    Object.entries(foundBy).flatMap(([name, valuesOf]) => valuesOf(item).map((value) => at(name, value)));

  function add(item: Item): void {
    for (const place of placesOf(item)) {
      const there = places.get(place) ?? new Map<number, Item>();
      places.set(place, there.set(item.id, item));
    }
  }

  for (const item of items) add(item);
  return {
    find(name, value, except) {
      for (const item of places.get(at(name, value))?.values() ?? []) if (item.id !== except) return item;
      return undefined;
    },
    count: (name, value) => places.get(at(name, value))?.size ?? 0,
    replace(before, after) {
      if (before) for (const place of placesOf(before)) places.get(place)?.delete(before.id);
      if (after) add(after);
    },
  };
}
