import { objectsOf, textOf, type Values } from './values';

/**
 * Returns `meta_data` after a change. An entry with a known id or key replaces that entry, any other
 * is added, and an entry whose value is null is removed.
 */
export function changedMetaData(before: unknown, given: unknown, nextId: () => number): Values[] {
  const entries = objectsOf(before).map((entry) => ({ ...entry }));
  for (const { id, key, value } of objectsOf(given)) {
    const at = entries.findIndex((entry) =>
      typeof id === 'number' && id !== 0 ? entry['id'] === id : entry['key'] === key,
    );
    const known = entries[at];
    if (value === null || value === undefined) {
      if (known) entries.splice(at, 1);
    } else if (known) entries[at] = { ...known, ...(key === undefined ? {} : { key }), value };
    else if (textOf(key) !== '') entries.push({ id: nextId(), key, value });
  }
  return entries;
}
