/** What a check is about, in the order of the report. */
export const CHECKS = [
  'configuration',
  'database',
  'files',
  'secret_key',
  'clock',
  'certificate',
  'server',
  'scheme',
  'host',
  'client_address',
  'forged_headers',
  'upstream',
  'callbacks',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** What a check found. */
export interface Finding {
  readonly check: CheckName;
  readonly status: 'ok' | 'warning' | 'problem';
  /** What is right or wrong, in whole sentences. Contains no secret. */
  readonly detail: string;
  /** The lines that fix it: a setting, a line for nginx, a command, or what to do. */
  readonly fix?: string;
}

/** The fix if the server may read a file, and this account may not. */
export const RUN_AS_SERVER =
  'Run this command as the user of the server, for example with: sudo -u wc-auth npx wc-auth doctor';

/** Returns a finding that needs no change. */
export const ok = (check: CheckName, detail: string): Finding => ({ check, status: 'ok', detail });

/** Returns a finding that may need a change. */
export const warning = (check: CheckName, detail: string, fix?: string): Finding => ({
  check,
  status: 'warning',
  detail,
  ...(fix === undefined || fix === '' ? {} : { fix }),
});

/** Returns a finding that breaks something. */
export const problem = (check: CheckName, detail: string, fix?: string): Finding => ({
  ...warning(check, detail, fix),
  status: 'problem',
});
