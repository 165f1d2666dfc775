import Sqlite from 'better-sqlite3';

/**
 * Opens an empty database that ends with this process. What does not fit into its cache is in a file
 * that no folder shows.
 */
export function temporaryDatabase(): Sqlite.Database {
  const database = new Sqlite('');
  database.pragma('journal_mode = off');
  database.pragma('synchronous = off');
  // In KiB.
  database.pragma('cache_size = -4096');
  // It never ends: without a transaction, each row would be written to the file at once.
  database.exec('begin');
  return database;
}
