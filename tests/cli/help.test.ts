import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../server/cli/program';
import { runAtOnce } from '../support/store/server-process';

function* commandsOf(command: Command, path: readonly string[] = []): Generator<[string, Command]> {
  yield [path.join(' '), command];
  for (const child of command.commands) yield* commandsOf(child, [...path, child.name()]);
}

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}

const examplesIn = (help: string): string[] =>
  [...(help.split('\nExamples:\n')[1] ?? '').matchAll(/^ {2}wc-auth (.*)$/gm)].map(([, line = '']) => line);

/** Splits a line as a shell does. */
const wordsOf = (line: string): string[] =>
  [...line.replace(/ [<>] .*$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );

/** Commands that have commands and also do something themselves. */
const RUNS_ITSELF = new Set(['import']);

const all = [...commandsOf(createProgram())];

test.each(all)('the help of "wc-auth %s" describes everything, and ends with examples', (path, command) => {
  const help = helpOf(command);
  expect(examplesIn(help)).not.toEqual([]);
  expect(command.description()).not.toBe('');
  for (const option of command.options) {
    const { flags, description, mandatory, defaultValue, defaultValueDescription } = option;
    expect([flags, description]).not.toEqual([flags, '']);
    // As a person would type it.
    if (defaultValue !== undefined)
      expect(help.replace(/\s+/g, ' ')).toContain(
        `default: ${defaultValueDescription ?? String(defaultValue)})`,
      );
    if (mandatory) expect(help.split('\n')[0]).toContain(` ${flags} `);
  }
  for (const argument of command.registeredArguments) expect(argument.description).not.toBe('');
  for (const line of examplesIn(help)) if (path !== '') expect(line).toMatch(new RegExp(`^${path}`));
});

test.each(all.flatMap(([, command]) => examplesIn(helpOf(command))))(
  'the example "wc-auth %s" is a valid command line',
  async (line) => {
    const program = createProgram();
    const ran: string[] = [];
    for (const [path, command] of commandsOf(program)) {
      command.exitOverride((error) => {
        throw error;
      });
      command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
      if (command.commands.length === 0 || RUNS_ITSELF.has(path)) command.action(() => void ran.push(path));
    }
    const words = wordsOf(line);
    if (words[0] === 'help') return expect(all.map(([path]) => path)).toContain(words.slice(1).join(' '));
    await program.parseAsync(words, { from: 'user' });
    expect(ran).toHaveLength(1);
  },
);

test('--help loads no package that a command needs only later', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-help-'));
  try {
    const listing = join(folder, 'listing.cjs');
    writeFileSync(
      listing,
      "process.on('exit', () => console.error(Object.keys(require('module')._cache).join('\\n')));",
    );
    const env = { PATH: process.env['PATH'] ?? '', NODE_OPTIONS: `--require ${listing}` };
    const { code, stdout, stderr } = runAtOnce(['--help'], folder, env);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Usage: wc-auth')]);
    expect(stderr).toContain('listing.cjs');
    expect(stderr).not.toMatch(/node_modules\/(?:pg|better-sqlite3|argon2)\//);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
