const base = require('./jest.config.js');

/** @type {import('jest').Config} The tests that drive a real Chromium. */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/tests/browser/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120000,
};
