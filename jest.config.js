// With TEST_DATABASE_URL stores are in PostgreSQL. These tests need no store, are about SQLite's
// file, or are about what no database changes: pages of the documentation and their examples,
// signatures of clients, what a terminal shows, proxies, what an import reads, what is rejected
// before it is stored, and the test kit, whose stores are always on SQLite.
const NOT_ON_POSTGRES = [
  'unit/',
  'clients/',
  'cli/completion.test.ts',
  'cli/healthcheck.test.ts',
  'cli/output.test.ts',
  'docs/',
  'emulator/',
  'import/json-and-csv.test.ts',
  'import/live-database.test.ts',
  'import/mysql-url.test.ts',
  'import/packed-file.test.ts',
  'import/sql-',
  'import/unreadable-file.test.ts',
  'recipes/',
  'faults/database-locked.test.ts',
  'faults/database-read-only.test.ts',
  'faults/disk-full.test.ts',
  'operations/backup.test.ts',
  'operations/monitoring.test.ts',
  'protocol/revoke-docs.test.ts',
  'sign-in/handover-bad-steps.test.ts',
  'sign-in/oidc-bad-answers.test.ts',
  'sign-in/proxy-bad-input.test.ts',
];

/**
 * What `npm run test:slow` runs instead: faults of disk, lock and clock, tests that start several
 * servers, what other systems may send when they sign people in, and the conformance cases against the test kit.
 */
const SLOW = [
  'faults/',
  'cli/doctor-proxy.test.ts',
  'docs/examples.test.ts',
  'docs/local-callback.test.ts',
  'emulator/corpus-played.test.ts',
  'import/killed-import.test.ts',
  'import/large-import.test.ts',
  'operations/monitoring.test.ts',
  'operations/secret-at-once.test.ts',
  'operations/secret-rotation.test.ts',
  'recipes/caddy.test.ts',
  'recipes/doctor.test.ts',
  'recipes/leave-wordpress.test.ts',
  'recipes/leave-wordpress-move.test.ts',
  'recipes/leave-wordpress.test.ts',
  'recipes/nginx.test.ts',
  'recipes/sign-in-proxy-apache.test.ts',
  'recipes/sign-in-proxy-caddy.test.ts',
  'recipes/sign-in-proxy-nginx.test.ts',
  'security/revocation-race.test.ts',
  'security/sign-in-time.test.ts',
  'security/throttle-two-processes.test.ts',
  'sign-in/handover-bad-steps.test.ts',
  'sign-in/handover-bad-tokens.test.ts',
  'sign-in/oidc-bad-answers.test.ts',
  'sign-in/oidc-bad-callbacks.test.ts',
  'sign-in/oidc-logout.test.ts',
  'sign-in/proxy-bad-input.test.ts',
];
const inTests = (path) => `<rootDir>/tests/${path}`;
const TRANSFORM = '<rootDir>/tests/support/jest/jest-transform.js';
const isSlow = process.env.WC_AUTH_TESTS === 'slow';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/tests/support/jest/shared-modules.js',
  testMatch: isSlow
    ? SLOW.map((path) => inTests(path.endsWith('/') ? `${path}*.test.ts` : path))
    : ['<rootDir>/tests/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/tests/browser/',
    ...(isSlow ? [] : SLOW.map(inTests)),
    ...(process.env.TEST_DATABASE_URL ? NOT_ON_POSTGRES.map(inTests) : []),
  ],
  transform: {
    [`^${__dirname}/(server|migrations|node_modules)/.+\\.c?[jt]s$`]: [TRANSFORM, { isShared: true }],
    '^.+\\.ts$': TRANSFORM,
  },
  transformIgnorePatterns: [],
  globalSetup: '<rootDir>/tests/support/jest/prepare.ts',
  testSequencer: '<rootDir>/tests/support/jest/longest-first.js',
  // One more than the cores of a small machine: a test often waits.
  maxWorkers: 3,
  testTimeout: 20000,
};
