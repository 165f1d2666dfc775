const { TestEnvironment } = require('jest-environment-node');

let isRegistered = false;

/**
 * Gives test files the modules of the server and of packages from Node's own cache. Each of Jest's
 * processes then loads them once, not once for each test file. jest-transform.js has the other half.
 * A test file that needs its own copies starts with `@jest-environment node`.
 */
module.exports = class SharedModules extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    // Not earlier, because Jest transforms what is loaded together with this file.
    if (!isRegistered) require('tsx/cjs/api').register();
    isRegistered = true;
    // The names that tests use for values of the server, whose modules have the globals of Node.
    Object.assign(this.global, { requireShared: require, process, Date, Error, RangeError, TypeError });
  }
};
