import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { AUDIT_EVENTS } from '../../server/audit/audit-events';
import { createProgram } from '../../server/cli/program';
import { VARIABLES } from '../../server/config';

// Checks docs/configuration.md and docs/cli.md against the code.

const ROOT = resolve(__dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

describe('docs/configuration.md', () => {
  const rows = [
    ...read('docs/configuration.md').matchAll(/^\| `([A-Z_]+)` +\| (.+?) +\| (.+?) +\| (.+?) +\|$/gm),
  ];

  test('has one row for each variable, in the order of server/config/', () => {
    expect(rows.map(([, name]) => name)).toEqual(VARIABLES);
  });

  test('has the defaults of .env.example', () => {
    const example = new Map(
      [...read('.env.example').matchAll(/^([A-Z_]+)="?(.+?)"?$/gm)].map(([, name, value]) => [name, value]),
    );
    const defaults = rows.map(([, name, shown]) => [name, shown] as const);
    expect(defaults.filter(([name]) => example.has(name))).toEqual(
      [...example].map(([name, value]) => [name, `\`${value}\``]),
    );
  });
});

/** Commands that have commands and also do something themselves. */
const RUNS_ITSELF = new Set(['import']);

describe('docs/cli.md', () => {
  const page = read('docs/cli.md');
  const commandsUnder = (command: Command, path: string): [string, Command][] =>
    command.commands.length === 0
      ? [[path, command]]
      : [
          ...(RUNS_ITSELF.has(path) ? [[path, command] as [string, Command]] : []),
          ...command.commands.flatMap((child) => commandsUnder(child, `${path} ${child.name()}`.trim())),
        ];
  const commands = commandsUnder(createProgram(), '');

  test('lists every event of the history', () => {
    const [, events = ''] = /^\| `--event EVENT` +\| `history` +\|(.*)\|$/m.exec(page) ?? [];
    expect([...events.matchAll(/`([\w.]+)`/g)].map(([, name]) => name)).toEqual(AUDIT_EVENTS);
  });

  test.each(commands.map(([name]) => name))('has an example of `wc-auth %s`', (name) => {
    expect(page).toMatch(new RegExp(`wc-auth ${name}(?![\\w-])`));
  });

  test('lists every option of every command', () => {
    const options = commands.flatMap(([name, command]) =>
      command.options.map(({ long }) => `${name} ${long}`).filter((option) => !option.endsWith('--json')),
    );
    const listed = [...page.matchAll(/^\| `(--[\w-]+)[^`]*` +\| (.+?) +\|/gm)].flatMap(([, long, of = '']) =>
      [...of.matchAll(/`([a-z][a-z -]*?)(?: [A-Z]+)?`/g)].map(([, name]) => `${name} ${long}`),
    );
    expect(listed.sort()).toEqual(options.sort());
  });
});
