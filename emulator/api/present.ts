import type { Resource } from './resource';
import type { Call } from './route';
import { isObject, objectsOf, textOf, type Item, type Values } from './values';

/** Returns the address of a collection, with the ids of the request in it. */
export function addressOf(path: string, { base, names }: Pick<Call, 'base' | 'names'>): string {
  return `${base}/${path.replace(/\(\?P<(\w+)>[^)]*\)/g, (_, name: string) => names[name] ?? '')}`;
}

/** Returns an object as the API answers it, with its links. */
export function presented(item: Item, { path, fields, parent }: Resource, call: Call): Values {
  const collection = addressOf(path, call);
  const hidden = new Set(Object.keys(fields).filter((name) => fields[name]?.writeOnly));
  if (parent) hidden.add(parent.parameter);
  const up = parent ? { up: [{ href: addressOf(`${parent.path}/(?P<${parent.parameter}>)`, call) }] } : {};
  return chosen(
    {
      ...Object.fromEntries(Object.entries(item).filter(([name]) => !hidden.has(name))),
      _links: {
        self: [{ href: `${collection}/${item.id}` }],
        collection: [{ href: collection }],
        ...up,
      },
    },
    call.given['_fields'],
  );
}

/** Returns the members that `_fields` names, such as `id,billing.email`. Without it, all. */
export function chosen(value: Values, given: unknown): Values {
  const wanted = (Array.isArray(given) ? given : [given])
    .flatMap((names) => textOf(names).split(','))
    .map((name) => name.trim())
    .filter(Boolean);
  return wanted.length === 0 ? value : pick(value, wanted);
}

function pick(value: Values, wanted: readonly string[]): Values {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
      if (wanted.includes(name)) return [[name, member]];
      const inner = wanted
        .filter((one) => one.startsWith(`${name}.`))
        .map((one) => one.slice(name.length + 1));
      if (inner.length === 0) return [];
      if (Array.isArray(member)) return [[name, objectsOf(member).map((one) => pick(one, inner))]];
      return isObject(member) ? [[name, pick(member, inner)]] : [];
    }),
  );
}
