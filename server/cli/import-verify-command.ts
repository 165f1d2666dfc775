import type { Command } from 'commander';
import { examples } from './help';
import { withStore } from './store-command';

/** Adds the command `wc-auth import verify`. */
export function addImportVerifyCommand(parent: Command): void {
  parent
    .command('verify')
    .description('check that pairs of consumer key and secret, which you have from your apps, work here')
    .requiredOption('--pairs <file>', 'a file with one pair per line, such as ck_… cs_…; - is standard input')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', examples('import verify --pairs pairs.txt', 'import verify --pairs - --json'))
    .action((_options: unknown, command: Command) => {
      // `import` has an option --json too, and Commander gives it the one of this command.
      const options = command.optsWithGlobals<{ pairs: string; json?: boolean }>();
      return withStore((context) => implementation().verifyPairs(context, options))(command);
    });
}

/** Loads the check on first use. */
function implementation() {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./import-verify') as typeof import('./import-verify');
}
