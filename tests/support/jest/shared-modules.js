const { TestEnvironment } = require('jest-environment-node');

let isRegistered = false;

/**
 * Gives test files the modules of the server and of packages from Node's own cache. Each of Jest's
 * processes then loads them once, not once for each test file. jest-transform.js has the other half.
 * A test file that needs its own copies starts with `@jest-environment node`.
 *
 * What a test file replaces in these modules or in the process would reach the next file. So spies
 * are restored at its end, and a file that leaves the process changed fails.
 */
module.exports = class SharedModules extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    // Not earlier, because Jest transforms what is loaded together with this file.
    if (!isRegistered) require('tsx/cjs/api').register();
    isRegistered = true;
    // The names that tests use for values of the server, whose modules have the globals of Node.
    Object.assign(this.global, { requireShared: require, process, Date, Error, RangeError, TypeError });
    this.exit = process.exit;
    this.before = processState();
  }

  async teardown() {
    this.moduleMocker.restoreAllMocks();
    await super.teardown();
    // Jest replaces it for each file, and would call every earlier replacement.
    process.exit = this.exit;
    const after = processState();
    const changed = Object.keys({ ...this.before, ...after }).filter(
      (key) => this.before[key] !== after[key],
    );
    if (changed.length > 0)
      throw new Error(`This test file must restore what it changed in the process: ${changed.join(', ')}.`);
  }
};

/** What the files of one process share besides modules. */
function processState() {
  return { ...process.env, 'the working folder': process.cwd(), 'the umask': process.umask() };
}
