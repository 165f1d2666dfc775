/** The commands that back up and restore one PostgreSQL database. */
export interface DumpCommands {
  readonly dump: string;
  readonly restore: string;
}

/**
 * The parameters of a connection URL that libpq reads too. It rejects the others, such as
 * `statement_timeout` (PostgreSQL 17, 34.1.2).
 */
const READ_BY_LIBPQ = new Set([
  'channel_binding',
  'connect_timeout',
  'gssencmode',
  'host',
  'options',
  'port',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslrootcert',
  'target_session_attrs',
  'user',
]);

/**
 * Returns the commands of PostgreSQL's own programs for the database of `url`, without its password,
 * and the `file` of the dump. A store in a schema of its own gets a dump of that schema only.
 */
export function dumpCommands(url: string, file: string): DumpCommands {
  const target = new URL(url);
  target.password = '';
  // libpq would take it for a part of the database's name.
  target.hash = '';
  const parameters = target.searchParams;
  const options = parameters.get('options') ?? '';
  // pg reads more values than libpq, which knows ssl=true only.
  if (/^(?:1|true)$/.test(parameters.get('ssl') ?? '') && !parameters.has('sslmode'))
    parameters.set('sslmode', 'require');
  if (parameters.get('sslmode') === 'no-verify') parameters.set('sslmode', 'require');
  for (const name of [...parameters.keys()]) if (!READ_BY_LIBPQ.has(name)) parameters.delete(name);
  // libpq does not read a + as a space.
  target.search = target.search.replaceAll('+', '%20');
  const database = quoted(target.href);
  const only = schemaOption(options);
  return {
    dump: `pg_dump --format=custom --no-owner${only} --file=${quoted(file)} --dbname=${database}`,
    restore: `pg_restore --no-owner --single-transaction --dbname=${database} ${quoted(file)}`,
  };
}

/** Returns `--schema` for the first schema of `search_path`, unless that is the usual one. */
function schemaOption(options: string): string {
  // A backslash keeps the character after it, such as a space.
  const unescaped = options.replaceAll(/\\(.)/g, '$1');
  const [, exact, bare] = /search_path\s*=\s*(?:"([^"$]+)"|([^\s",$]+))/.exec(unescaped) ?? [];
  // PostgreSQL reads a name without quotes in lower case.
  const schema = exact ?? bare?.toLowerCase() ?? 'public';
  // pg_dump reads a pattern, in which quotes keep every character.
  return schema === 'public' ? '' : ` --schema=${quoted(`"${schema}"`)}`;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
