const { dependencies } = require('../package.json');

/** Drivers that knex names but this server never loads. */
const UNUSED_DRIVERS = ['mysql', 'mysql2', 'sqlite3', 'oracledb', 'tedious', 'mariadb*', 'pg-query-stream'];

/**
 * The options with which esbuild bundles a program of this package (decision 11). The tests start
 * their processes from the same bundles.
 * @type {import('esbuild').BuildOptions}
 */
const bundle = {
  entryPoints: ['server/main.ts', 'server/index.ts', 'server/cli/main.ts'],
  outbase: '.',
  bundle: true,
  // What is installed beside the package, native code above all, stays outside of the bundle.
  external: [...Object.keys(dependencies), ...UNUSED_DRIVERS],
  platform: 'node',
  target: 'node20',
  format: 'cjs',
};

/** Node starts a thread from a file of its own, which each bundle needs beside it. */
const THREAD = 'server/storage/sqlite/writer-thread.js';
const FOLDERS = ['server', 'server/cli'];

module.exports = { bundle, THREAD, FOLDERS };
