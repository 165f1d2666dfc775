// With TEST_DATABASE_URL stores are in PostgreSQL. These tests need no store, or are about SQLite's file.
const NOT_ON_POSTGRES = [
  'unit/',
  'faults/database-locked.test.ts',
  'faults/database-read-only.test.ts',
  'faults/disk-full.test.ts',
  'operations/backup.test.ts',
];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/tests/browser/',
    ...(process.env.TEST_DATABASE_URL ? NOT_ON_POSTGRES.map((path) => `<rootDir>/tests/${path}`) : []),
  ],
  transform: { '^.+\\.ts$': '<rootDir>/tests/support/jest/jest-transform.js' },
  globalSetup: '<rootDir>/tests/support/jest/compiled.ts',
  maxWorkers: 2,
  testTimeout: 20000,
};
