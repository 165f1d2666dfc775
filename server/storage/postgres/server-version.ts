import type { Knex } from 'knex';

// The oldest version that PostgreSQL supported when this was written, minus one.
const OLDEST = 13;

/**
 * Checks the version and the encoding of the server.
 * @throws with the code `POSTGRES_TOO_OLD` or `POSTGRES_ENCODING`
 */
export async function checkPostgresVersion(knex: Knex): Promise<void> {
  const { rows } = await knex.raw<{ rows: { version: string; encoding: string }[] }>(
    "select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding",
  );
  const major = Math.floor(Number(rows[0]?.version) / 10_000);
  if (major < OLDEST)
    throw Object.assign(new Error(`This is PostgreSQL ${major}.`), { code: 'POSTGRES_TOO_OLD' });
  // In another encoding, the names of some apps and people could not be stored.
  if (rows[0]?.encoding !== 'UTF8')
    throw Object.assign(new Error('This database is not in UTF-8.'), { code: 'POSTGRES_ENCODING' });
}
