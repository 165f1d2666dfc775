import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Runs statements as the end of a test file, then ends its environment. */
function atTheEnd(statements: string): { stdout: string; stderr: string } {
  const script = `
    const Environment = require('./tests/support/jest/shared-modules.js');
    const config = { projectConfig: { globals: {}, testEnvironmentOptions: {} }, globalConfig: {} };
    const environment = new Environment(config, { console });
    ${statements}
    environment.teardown().then(() => console.log(JSON.stringify([1])), ({ message }) => console.log(message));
  `;
  return spawnSync(process.execPath, ['--eval', script], {
    cwd: resolve(__dirname, '../..'),
    encoding: 'utf8',
  });
}

test.each([
  ["process.env.LEFT_BEHIND = 'x'", 'LEFT_BEHIND'],
  ['delete process.env.PATH', 'PATH'],
  ["process.chdir('/')", 'the working folder'],
  ['process.umask(process.umask() ^ 0o001)', 'the umask'],
])('a test file fails if it leaves the process changed: %s', (statement, what) => {
  expect(atTheEnd(statement)).toMatchObject({
    stdout: `This test file must restore what it changed in the process: ${what}.\n`,
    stderr: '',
  });
});

test('a spy that a test file leaves does not reach the next file', () => {
  const spy = "environment.moduleMocker.spyOn(JSON, 'stringify').mockReturnValue('of the spy');";
  expect(atTheEnd(spy)).toMatchObject({ stdout: '[1]\n', stderr: '' });
});
