import { Command, InvalidArgumentError } from 'commander';
import { addFault } from './emulate-faults';
import type { EmulateOptions } from './emulate-options';
import { isQuiet } from './store-command';

/** Returns the command `wc-auth emulate`. */
export function emulateCommand(): Command {
  return new Command('emulate')
    .description('start a store for tests of an app, with a REST API and accounts that are forgotten')
    .option('--port <port>', 'the port on localhost; 0 takes any free port', port, 8443)
    .option('--http', 'answer on http instead of https')
    .option('--name <name>', 'the name of the store')
    .option('--seed <file>', 'a YAML or JSON file with name, users and data')
    .option('--fail <fault>', 'make something go wrong: callback:FAULT or api:STATUS (repeatable)', addFault)
    .option('--auto-approve', 'approve each connect URL when it is opened, for callbacks on this machine')
    .option(
      '--allow <host>',
      'with --auto-approve: also approve callbacks at this host (repeatable)',
      addHost,
    )
    .option('--strict', 'reject what WooCommerce would reject')
    .option('--certificates <folder>', 'keep the certificates in this folder, so that trust in them stays')
    .option('--trust <file>', 'PEM of an authority that callbacks may use (repeatable)', addFile)
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
It prints the address, a manager with a password, a ready key and the token of the control API, then
one line for each grant and each API call. --quiet drops those lines. Stop it with Ctrl+C. It keeps
nothing. See docs/testing.md.

Exit code 0: it was stopped. 1: it could not start. 2: the command line is wrong.

Examples:
  wc-auth emulate
  wc-auth emulate --seed store.yaml --auto-approve
  wc-auth emulate --fail callback:timeout --fail api:429,every=3,retry-after=5,path=/orders
  wc-auth emulate --port 0 --json`,
    )
    .action(async (options: EmulateOptions, command: Command) => {
      if (options.allow && !options.autoApprove)
        command.error('error: --allow only works with --auto-approve. Add it, or remove --allow.');
      await implementation().emulate({ ...options, quiet: isQuiet(command) });
    });
}

/** Loads the emulator, which is a bundle of its own. No other command needs it. */
function implementation() {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('../../emulator/bundle') as {
    emulate: (options: EmulateOptions) => Promise<void>;
  };
}

function port(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
    throw new InvalidArgumentError('It must be a number from 0 to 65535.');
  return Number(value);
}

function addHost(value: string, before: readonly string[] = []): string[] {
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(value))
    throw new InvalidArgumentError('It must be a host without a scheme and a port, such as app.example.');
  return [...before, value.toLowerCase()];
}

const addFile = (value: string, before: readonly string[] = []): string[] => [...before, value];
