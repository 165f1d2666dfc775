const { dependencies } = require('../package.json');

/** Drivers that knex names but never loads here. `wc-auth import` loads mysql2 from its own bundle. */
const UNUSED_DRIVERS = ['mysql', 'mysql2', 'sqlite3', 'oracledb', 'tedious', 'mariadb*', 'pg-query-stream'];

/** The test kit, and what programs load on first use, as their importers write it. */
const LOADED_LATER = [
  '../../emulator/bundle',
  './fetch',
  './certificate-authority',
  './command/seed',
  './mysql-client',
];

/**
 * The options with which esbuild bundles a program of this package (decision 11). The tests start
 * their processes from the same bundles.
 * @type {import('esbuild').BuildOptions}
 */
const bundle = {
  entryPoints: [
    'server/main.ts',
    'server/index.ts',
    'server/cli/main.ts',
    'emulator/bundle.ts',
    'emulator/fetch.ts',
    'emulator/certificate-authority.ts',
    'emulator/command/seed.ts',
  ],
  outbase: '.',
  bundle: true,
  // What is installed beside the package, native code above all, stays outside of the bundle. So
  // does what is loaded later from a file of its own.
  external: [...Object.keys(dependencies), ...UNUSED_DRIVERS, ...LOADED_LATER],
  platform: 'node',
  target: 'node20',
  format: 'cjs',
};

/** Node starts a thread from a file of its own, which each program needs beside it. */
const FOLDERS = ['server', 'server/cli', 'emulator'];
/**
 * The options with which esbuild bundles the threads for the programs of a folder.
 * @type {import('esbuild').BuildOptions}
 */
const threads = {
  ...bundle,
  entryPoints: ['server/storage/sqlite/writer-thread.js', 'server/users/password-thread.js'],
  entryNames: '[name]',
};

/**
 * The options with which esbuild bundles the client for MySQL, which `wc-auth import` loads from
 * beside its program.
 * @type {import('esbuild').BuildOptions}
 */
const mysqlClient = {
  ...bundle,
  entryPoints: ['server/import/source/mysql-client.ts'],
  entryNames: '[name]',
  external: [],
};
const MYSQL_CLIENT_FOLDER = 'server/cli';

module.exports = { bundle, threads, FOLDERS, mysqlClient, MYSQL_CLIENT_FOLDER };
