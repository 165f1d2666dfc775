/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/tests/browser/',
    // With TEST_DATABASE_URL stores are in PostgreSQL; these meet none, or are about SQLite's file.
    ...(process.env.TEST_DATABASE_URL
      ? ['<rootDir>/tests/faults/d', '<rootDir>/tests/operations/backup', '<rootDir>/tests/unit/']
      : []),
  ],
  transform: {
    '^.+\\.ts$': ['ts-jest', { tsconfig: { isolatedModules: true, sourceMap: true, noEmit: false } }],
  },
  maxWorkers: 2,
  testTimeout: 20000,
};
