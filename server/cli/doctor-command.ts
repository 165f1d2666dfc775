import { Command } from 'commander';
import type { CheckName, Finding } from '../doctor/finding';
import { isQuiet, print } from './store-command';

interface Options {
  readonly offline?: boolean;
  readonly json?: boolean;
}

const TITLES: Readonly<Record<CheckName, string>> = {
  configuration: 'Configuration',
  database: 'Database',
  files: 'Files',
  secret_key: 'Secret key',
  clock: 'Clock',
  certificate: 'Certificate',
  server: 'Server',
  scheme: 'Scheme',
  host: 'Host',
  client_address: 'Client address',
  forged_headers: 'Forged headers',
  upstream: 'Upstream',
  callbacks: 'Callbacks',
};

/** Returns the command `wc-auth doctor`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check the installation, and print the line that fixes each problem')
    .option('--offline', 'connect to the database only, not to STORE_URL, UPSTREAM_URL and callbacks')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
It changes nothing. Exit code 0: no problem, perhaps warnings. 1: at least one problem.

Examples:
  wc-auth doctor
  wc-auth doctor --offline --json`,
    )
    .action(doctor);
}

async function doctor(options: Options, command: Command): Promise<void> {
  const findings = await implementation().doctorFindings({
    offline: options.offline === true,
    quiet: isQuiet(command),
  });
  const count = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  print(
    options,
    { ok: problems === 0, problems, warnings, checks: findings },
    ...findings.map(shown),
    '',
    summary(problems, warnings),
  );
  if (problems > 0) process.exitCode = 1;
}

/** Loads the checks, which `--help` does not need. */
function implementation() {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./doctor-findings') as typeof import('./doctor-findings');
}

/** The width of status and title. */
const INDENT = ''.padEnd(26);

function shown({ check, status, detail, fix }: Finding): string {
  const shownStatus = status === 'ok' ? status : status.toUpperCase();
  const [first = '', ...more] = detail.split(/(?<=\.) (?=[A-Z])/);
  // Another server than this one may have written a host or a name. It must not change the
  // terminal.
  const printable = (line: string) => line.replace(/\p{Cc}/gu, '�');
  return [
    `${shownStatus.padEnd(8)} ${TITLES[check].padEnd(15)}  ${first}`,
    ...[...more, ...(fix?.split('\n').map((line) => `FIX: ${line}`) ?? [])].map((line) => INDENT + line),
  ]
    .map(printable)
    .join('\n');
}

function summary(problems: number, warnings: number): string {
  if (problems + warnings === 0) return 'No problems found.';
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  return `${counted(problems, 'problem')}, ${counted(warnings, 'warning')}.`;
}
