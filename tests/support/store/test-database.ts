import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';

/** A PostgreSQL database that tests may make schemas in; without it they run on SQLite. */
const SERVER = process.env['TEST_DATABASE_URL'];

export const onPostgres = SERVER !== undefined && SERVER !== '';
/** Where the database of the tests listens, for a proxy before it. */
export function databaseTarget(): { host: string; port: number } {
  const { hostname, port } = new URL(SERVER ?? '');
  return { host: hostname, port: Number(port || 5432) };
}

const urlFile = (folder: string) => join(folder, 'database-url');

/** DATABASE_URL of the store in `folder`. */
export const databaseUrl = (folder: string): string =>
  isOnPostgres(folder) ? readFileSync(urlFile(folder), 'utf8') : `sqlite:${join(folder, 'store.sqlite')}`;

/** Returns whether the store in `folder` is on PostgreSQL. */
export const isOnPostgres = (folder: string): boolean => existsSync(urlFile(folder));

/** An empty database for a store in `folder`: on PostgreSQL a schema of its own. */
export async function makeDatabase(folder: string): Promise<void> {
  if (!onPostgres) return;
  const schema = `wc_auth_test_${randomBytes(8).toString('hex')}`;
  await onServer(`create schema ${schema}`);
  const url = new URL(SERVER ?? '');
  // What the tests write need not survive a power cut.
  url.searchParams.set('options', `-c search_path=${schema} -c synchronous_commit=off`);
  writeFileSync(urlFile(folder), url.href.replaceAll('+', '%20'));
}

export async function dropDatabase(folder: string): Promise<void> {
  if (!existsSync(urlFile(folder))) return;
  const [, schema = ''] = /search_path%3D(\w+)/.exec(databaseUrl(folder)) ?? [];
  await onServer(`drop schema if exists ${schema} cascade`);
}

async function onServer(statement: string): Promise<void> {
  const client = new Client(SERVER);
  await client.connect();
  try {
    await client.query('set client_min_messages = warning');
    await client.query(statement);
  } finally {
    await client.end();
  }
}
