import { Console } from 'node:console';
import { setTimeout as wait } from 'node:timers/promises';
import { Readable, Writable } from 'node:stream';
import { runCommandLine } from '../../../server/cli/command-line';

// A process that runs one `wc-auth` command after another. Most of the time of a process is its
// start, and here only the first command waits for it.

/** What a command gets, as a process of its own would. */
export interface HostedCommand {
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}
export interface HostedEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long a command may keep something open after its end. Its own process would not end. */
const LEFT_OPEN_MS = 5_000;

const exitHost = process.exit.bind(process);

class Exit extends Error {}

/** Collects what a command writes, until it exits. */
function collector() {
  const chunks: Buffer[] = [];
  let open = true;
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (open) chunks.push(chunk);
      done();
    },
  });
  return { stream, close: () => void (open = false), text: () => Buffer.concat(chunks).toString() };
}

const replace = (name: 'stdin' | 'stdout' | 'stderr', value: Readable | Writable) =>
  Object.defineProperty(process, name, { value, configurable: true });

async function runHosted({ args, folder, env, stdin }: HostedCommand): Promise<HostedEnd> {
  const [stdout, stderr] = [collector(), collector()];
  replace('stdout', stdout.stream);
  replace('stderr', stderr.stream);
  replace('stdin', Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]));
  globalThis.console = new Console(stdout.stream, stderr.stream);
  for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
  // A new object would not receive what `process.loadEnvFile` reads.
  Object.assign(process.env, env);
  process.argv = [process.execPath, 'wc-auth', ...args];
  process.exitCode = undefined;
  process.chdir(folder);
  let exited: number | undefined;
  process.exit = (code = 0) => {
    exited ??= Number(code);
    stdout.close();
    stderr.close();
    throw new Exit();
  };
  const before = openResources();
  await runCommandLine();
  const code = exited ?? ownExitCode();
  const left = await leftOpen(before);
  // A folder cannot be unmounted while a process is in it.
  process.chdir(__dirname);
  if (left === '') return { code, stdout: stdout.text(), stderr: stderr.text() };
  return { code, stdout: stdout.text(), stderr: `${stderr.text()}The command left open: ${left}\n` };
}

const ownExitCode = (): number => Number(process.exitCode ?? 0);

/** What keeps this process running. */
const openResources = () => process.getActiveResourcesInfo().sort().join(' ');

async function leftOpen(before: string): Promise<string> {
  const until = performance.now() + LEFT_OPEN_MS;
  for (;;) {
    const now = openResources();
    if (now === before) return '';
    if (performance.now() > until) return now;
    await wait(5);
  }
}

process.once('disconnect', () => exitHost());
process.on('message', (command: HostedCommand) => {
  void runHosted(command).then((end) => process.send?.(end));
});
