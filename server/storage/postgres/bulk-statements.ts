import type { BulkUpdate, BulkUpsert, Columns } from '../bulk-writes';

// Each column travels as one array, so a statement has the same number of values for any number of
// rows. Both kinds write their rows in the order of the key. Two servers that write the same rows
// then wait for each other instead of deadlocking.

/** Returns the SQL that updates many rows by their key, if they pass the guard. */
export function updateStatement({ table, key: [key, keyType], set, compared, guard }: BulkUpdate): string {
  const names = Object.keys(set);
  return `
    with passed as (
      select sent.* from ${rows({ ...set, ...compared, [key]: keyType })}
      join ${table} on ${table}.${key} = sent.${key} and ${guard((name) => `sent.${name}`)}
      order by sent.${key} for no key update of ${table})
    update ${table} set ${names.map((name) => `${name} = passed.${name}`).join(', ')}
    from passed where ${table}.${key} = passed.${key}`;
}

/** The values are the columns, then the shared value as often as the assignments contain it. */
export function upsertStatement({ table, columns, key, update, sharedType }: BulkUpsert): string {
  const names = Object.keys(columns).join(', ');
  return `
    insert into ${table} (${names}) select ${names} from ${rows(columns)} order by ${key}
    on conflict (${key}) do update set ${update(`?::${sharedType}`)}`;
}

const rows = (columns: Columns): string => {
  const arrays = Object.values(columns).map((type) => `?::${type}[]`);
  return `unnest(${arrays.join(', ')}) as sent (${Object.keys(columns).join(', ')})`;
};
