/** The commands that back up and restore one PostgreSQL database. */
export interface DumpCommands {
  readonly dump: string;
  readonly restore: string;
}

/**
 * Returns the commands of PostgreSQL's own programs for the database of `url`, without its password,
 * and the `file` of the dump. A store in a schema of its own gets a dump of that schema only.
 */
export function dumpCommands(url: string, file: string): DumpCommands {
  const target = new URL(url);
  target.password = '';
  const options = target.searchParams.get('options') ?? '';
  // libpq reads a password from the query too.
  for (const secret of ['password', 'sslpassword']) target.searchParams.delete(secret);
  // libpq does not read a + as a space.
  target.search = target.search.replaceAll('+', '%20');
  const database = quoted(target.href);
  const schema = /search_path\s*=\s*"?(\w+)/.exec(options)?.[1];
  const only = schema === undefined || schema === 'public' ? '' : ` --schema=${schema}`;
  return {
    dump: `pg_dump --format=custom --no-owner${only} --file=${quoted(file)} --dbname=${database}`,
    restore: `pg_restore --no-owner --single-transaction --dbname=${database} ${quoted(file)}`,
  };
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
