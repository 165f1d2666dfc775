import type { Database } from '../../../server/storage/database';

/**
 * Turns a key into one as an import leaves it: it names its source, and its digest is empty, because
 * WooCommerce stores only the hash of a consumer key.
 */
export async function makeImported({ knex }: Pick<Database, 'knex'>, keyId: number): Promise<void> {
  const source = { name: 'a WooCommerce store', first_import_at: 0, last_import_at: 0 };
  await knex('import_sources').insert(source).onConflict('name').ignore();
  await knex('consumer_keys')
    .where({ key_id: keyId })
    .update({
      pair_digest: '',
      import_source_id: knex('import_sources').where({ name: source.name }).select('import_source_id'),
    });
}
