import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, environment, run } from '../support/store/server-process';

const isInstalled = (shell: string) => spawnSync(shell, ['--version']).status === 0;

let folder: string;
const scripts: Record<string, string> = {};
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-completion-'));
  mkdirSync(join(folder, 'a folder'));
  writeFileSync(join(folder, 'a copy.sqlite'), '');
  for (const shell of ['bash', 'zsh', 'fish']) {
    const child = run('cli/main.ts', ['completion', shell], folder, environment(folder));
    const { code, stdout, stderr } = await ended(child);
    expect([code, stderr]).toEqual([0, '']);
    scripts[shell] = join(folder, `.completion.${shell}`);
    writeFileSync(scripts[shell], stdout);
  }
}, 60_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function shell(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder },
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

const KEY_ORDERS = [
  'created-asc',
  'created-desc',
  'description-asc',
  'description-desc',
  'used-asc',
  'used-desc',
];
/** What is offered for the last word of a line. */
const CASES: [line: string, offered: readonly string[]][] = [
  ['wc-auth us', ['users']],
  ['wc-auth --qu', ['--quiet']],
  ['wc-auth users set', ['set-password', 'set-role']],
  ['wc-auth --quiet users set-p', ['set-password']],
  ['wc-auth keys list --unu', ['--unused']],
  ['wc-auth keys list --sort ', KEY_ORDERS],
  ['wc-auth keys list --app x --permissions re', ['read', 'read_write']],
  ['wc-auth users set-role tom sh', ['shop_manager']],
  ['wc-auth history --event key.rev', ['key.revoked']],
  ['wc-auth users add tom --email ', []],
  ['wc-auth users add tom --role=sh', ['shop_manager']],
  ['wc-auth keys list --sort=', KEY_ORDERS],
  ['wc-auth keys list --app=x --permissions=re', ['read', 'read_write']],
  ['wc-auth users add tom --email=', []],
  ['wc-auth help ke', ['keys']],
  ['wc-auth completion ', ['bash', 'fish', 'zsh']],
  ['wc-auth backup a', ['a copy.sqlite', 'a folder']],
  ['wc-auth nonsense', []],
];

/** Returns the values in what a shell offers for the last word of a line. */
const valuesIn = (line: string, found: readonly string[]) => {
  const start = /--[a-z-]+=(?=\S*$)/.exec(line)?.[0] ?? '';
  expect(found.filter((one) => !one.startsWith(start))).toEqual([]);
  return found.map((one) => one.slice(start.length)).sort();
};

(isInstalled('bash') ? describe : describe.skip)('completion in bash', () => {
  const complete = (words: readonly string[]) => {
    // As readline calls the function that `complete` registers.
    const program = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      registered=$(complete -p wc-auth); registered=\${registered#complete -F }
      \${registered% wc-auth}; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const found = shell('bash', ['--noprofile', '--norc', '-c', program, scripts['bash']!, ...words]);
    return found.split('\n').filter(Boolean).sort();
  };

  test.each(CASES)('offers for "%s": %j', (line, offered) => {
    // As bash splits a line by default.
    expect(complete(line.split(/ |(?==)|(?<==)(?=.)/))).toEqual(offered);
  });

  test.each(CASES)('offers for "%s", if COMP_WORDBREAKS has no "=": %j', (line, offered) => {
    expect(valuesIn(line, complete(line.split(' ')))).toEqual(offered);
  });
});

(isInstalled('fish') ? describe : describe.skip)('completion in fish', () => {
  test.each(CASES)('offers for "%s": %j', (line, offered) => {
    const program = `source ${scripts['fish']!}; complete -C '${line}'`;
    const found = shell('fish', ['--no-config', '-c', program]).split('\n').filter(Boolean);
    const words = found.map((one) => one.replace(/\t.*/, '').replace(/\/$/, '').replaceAll('\\', ''));
    expect(valuesIn(line, words)).toEqual(offered);
  });
});

(isInstalled('zsh') ? describe : describe.skip)('completion in zsh', () => {
  test('has a script that zsh can load', () => {
    shell('zsh', ['-f', '-n', scripts['zsh']!]);
    const load = `autoload -U compinit && compinit -D && source ${scripts['zsh']!} && print $_comps[wc-auth]`;
    expect(shell('zsh', ['-f', '-c', load])).toBe('_wc-auth\n');
  });

  test.each(CASES)('offers for "%s": %j', (line, offered) => {
    const out = join(folder, 'offered');
    writeFileSync(out, '');
    // An interactive zsh on a terminal of its own. Its compadd writes down what it adds.
    const setup = join(folder, 'setup.zsh');
    writeFileSync(
      setup,
      `autoload -U compinit && compinit -D && source ${scripts['zsh']!}
      compadd() {
        if [[ " $* " == *' -'[OAD]' '* ]]; then builtin compadd "$@"; return; fi
        local -a added; builtin compadd -A added "$@"
        print -rl -- $IPREFIX\${^added} >>${out}; builtin compadd "$@"
      }
      finish() { print -r -- end >>${out}; exit }
      zle -N finish; bindkey '^I' complete-word '^X' finish; print ready`,
    );
    const program = `zmodload zsh/zpty && zpty shell zsh -f -i && zpty -w shell source ${setup} &&
      zpty -r shell started '*ready*' && zpty -w -n shell ${JSON.stringify(line)}$'\t' && zpty -w -n shell $'\x18' &&
      while [[ $(<${out}) != *end* ]]; do zpty -r shell more; done`;
    shell('zsh', ['-f', '-c', program]);
    const found = readFileSync(out, 'utf8').split('\n').filter(Boolean).slice(0, -1);
    const words = found.map((one) => one.replaceAll('\\', ''));
    expect(valuesIn(line, [...new Set(words)])).toEqual(offered);
  });
});

test('rejects an unknown shell', async () => {
  const child = run('cli/main.ts', ['completion', 'tcsh'], folder, environment(folder));
  const { code, stdout, stderr } = await ended(child);
  expect([code, stdout, stderr]).toEqual([
    2,
    '',
    expect.stringContaining('Allowed choices are bash, zsh, fish'),
  ]);
});
