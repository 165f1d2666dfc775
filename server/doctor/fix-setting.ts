import { defaultOf } from '../config';

const FILE = 'Name a file that exists and that the user of the server can read.';
const KEY = 'Set the key that the store was created with. For a new store, run: openssl rand -hex 32';

/** What to set, for the variables whose default cannot be written or does not help. */
const FIXES: Readonly<Record<string, string>> = {
  NODE_ENV: 'NODE_ENV=production',
  STORE_URL: 'STORE_URL=https://shop.example',
  DATABASE_URL: 'DATABASE_URL=sqlite:/var/lib/wc-auth/wc-auth.sqlite',
  SECRET_KEY: KEY,
  SECRET_KEY_PREVIOUS: 'Set the key that SECRET_KEY replaces.',
  SECRET_KEY_FILE: `${FILE} ${KEY}`,
  'SECRET_KEY, SECRET_KEY_FILE': 'Remove one of the two.',
  TRUST_PROXY: 'TRUST_PROXY=127.0.0.1',
  TLS_CERT_FILE: FILE,
  TLS_KEY_FILE: FILE,
  'TLS_CERT_FILE, TLS_KEY_FILE': 'Set TLS_CERT_FILE to a certificate (PEM), and TLS_KEY_FILE to its key.',
  CALLBACK_ALLOW_HOSTS: 'CALLBACK_ALLOW_HOSTS=app.example:8443,10.0.0.0/8',
  CALLBACK_USER_AGENT: 'Remove CALLBACK_USER_AGENT, or set it to text in ASCII.',
  SIGN_IN: 'SIGN_IN=local',
  OIDC_CLIENT_SECRET_FILE: FILE,
  HANDOVER_PUBLIC_KEY_FILE: FILE,
  HANDOVER_SECRET_FILE: FILE,
  STORE_LOGO: 'STORE_LOGO=https://shop.example/logo.svg',
  HELP_URL: 'HELP_URL=https://shop.example/errors',
  UPSTREAM_URL: 'Set UPSTREAM_URL to the address of your API, such as http://127.0.0.1:3000',
  STORE_ROUTES: 'Set STORE_ROUTES to a JSON file as docs/gateway.md describes it.',
  LOG_FORMAT: 'LOG_FORMAT=json',
  METRICS_PORT: 'METRICS_PORT=9464',
  STOP_DEADLINE_SECONDS: 'STOP_DEADLINE_SECONDS=65',
};

/** Returns what corrects one line `NAME: what is wrong` about the environment. */
export function fixForSetting(line: string): string {
  const [, names = '', wrong = ''] = /^([^:]+): ([\s\S]*)$/.exec(line) ?? [];
  const [, one, meant = ''] = / Did you mean (one of )?([\w, ]+)\?$/.exec(wrong) ?? [];
  if (names === 'NODE_ENV' && meant !== '') return `NODE_ENV=${meant}`;
  if (meant !== '')
    return one === undefined ? `Rename ${names} to ${meant}.` : `Remove ${names}, or rename it.`;
  if (FIXES[names] !== undefined) return FIXES[names];
  if (/^set only one /.test(wrong)) return 'Remove all of them but one.';
  return names.split(', ').map(assignment).join('\n');
}

/** Returns the line that sets a variable to a right value. */
function assignment(name: string): string {
  const value = defaultOf(name);
  if (value === undefined) return FIXES[name] ?? `Set ${name} as docs/configuration.md describes it.`;
  return `${name}=${/^[\w.:/-]+$/.test(value) ? value : `"${value}"`}`;
}
