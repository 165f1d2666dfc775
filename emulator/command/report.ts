import { visibleText } from '../../server/http/visible-text';
import type { ApiRequest, Key, StoreUser, Warning } from '../store';
import type { GrantEvent } from './grant-event';
import { grantJson, keyJson, requestJson, warningJson } from './json';

/** What a person or a script needs to use the store. */
export interface Started {
  readonly url: string;
  readonly name: string;
  readonly users: readonly Required<StoreUser>[];
  readonly key: Key;
  readonly token: string;
  /** Unset for a store on http. */
  readonly trust?: {
    readonly caFile: string;
    readonly command: string;
    /** Whether the system may trust the authority already. */
    readonly state: 'kept' | 'new' | 'expired' | 'temporary';
  };
}

/** What the command prints while it runs. */
export interface Report {
  readonly started: (started: Started) => void;
  readonly grant: (grant: GrantEvent) => void;
  readonly request: (request: ApiRequest) => void;
  readonly warning: (warning: Warning) => void;
  /** Something else that happened, in one sentence. */
  readonly note: (text: string) => void;
  readonly stopped: () => void;
}

/** Returns a report of one JSON object per line. */
export function jsonReport(print: (line: string) => void): Report {
  const line = (event: string, value: object) => print(JSON.stringify({ event, ...value }));
  return {
    started({ url, name, users, key, token, trust }) {
      line('started', {
        url,
        name,
        users: users.map(({ login, password, email, role }) => ({ login, password, email, role })),
        key: keyJson(key),
        control_url: `${url}/_emulator/`,
        token,
        ...(trust ? { ca_file: trust.caFile, trust_command: trust.command } : {}),
      });
    },
    grant: (grant) => line('grant', grantJson(grant)),
    request: (request) => line('request', requestJson(request)),
    warning: (warning) => line('warning', warningJson(warning)),
    note: (text) => line('note', { message: text }),
    stopped: () => line('stopped', {}),
  };
}

/** Returns a report for people. A warning follows the request or the grant that it is about. */
export function textReport(print: (line: string) => void): Report {
  let waiting: Warning[] = [];
  let timer: NodeJS.Timeout | undefined;

  const printLine = (...parts: readonly string[]) => print(visibleText(parts.join('  ')));
  function printWarnings(): void {
    clearTimeout(timer);
    timer = undefined;
    const warnings = waiting;
    waiting = [];
    for (const { code, severity, message, help } of warnings) {
      printLine(''.padEnd(5), severity === 'breaks' ? `WARNING ${code}:` : `note ${code}:`, message);
      printLine(''.padEnd(5), help);
    }
  }

  return {
    started: (started) => welcome(started).forEach(print),
    grant(grant) {
      printLine('GRANT', ...grantWords(grant));
      printWarnings();
    },
    request({ method, path, query, status, keyId }) {
      const target = query === '' ? path : `${path}?${query}`;
      printLine('API  ', method, target, String(status), keyId === undefined ? 'no key' : `key ${keyId}`);
      printWarnings();
    },
    warning(warning) {
      waiting.push(warning);
      // A connect URL that was opened has no line of its own until the manager decides.
      timer ??= setTimeout(printWarnings, WARNING_WAIT_MS).unref();
    },
    note: (text) => printLine('NOTE ', text),
    stopped: () => {
      printWarnings();
      print('Stopped.');
    },
  };
}

const WARNING_WAIT_MS = 250;

function grantWords({ app, outcome, callbackOrigin, keyId, permissions, reason }: GrantEvent): string[] {
  switch (outcome) {
    case 'approved':
      return [app, 'approved', `key ${keyId ?? '?'} (${permissions ?? '?'})`, `to ${callbackOrigin}`];
    case 'denied':
      return [app, 'denied'];
    case 'failed':
      return [app, `failed: ${reason ?? '?'}`, `at ${callbackOrigin}`];
  }
}

function welcome({ url, name, users, key, token, trust }: Started): string[] {
  const rows: [string, string][] = [
    ['Connect URL', `${url}/wc-auth/v1/authorize`],
    ['REST API', `${url}/wp-json/wc/v3/`],
    ...users.flatMap(({ login, password, role }): [string, string][] => [
      [PEOPLE[role], login],
      ['Password', password],
    ]),
    ['Consumer key', key.consumerKey],
    ['Consumer secret', `${key.consumerSecret}  (key ${key.keyId}, ${key.permissions})`],
    ['Control API', `${url}/_emulator/`],
    ['Control token', token],
    ...(trust ? ([['Authority', trust.caFile]] satisfies [string, string][]) : []),
  ];
  return [
    `${name} is ready at ${url}. To stop it, press Ctrl+C.`,
    '',
    ...rows.map(([title, value]) => `  ${title.padEnd(16)} ${value}`),
    '',
    ...(trust ? trustLines(trust) : []),
  ].map(visibleText);
}

const PEOPLE = { administrator: 'Administrator', shop_manager: 'Manager', customer: 'Customer' } as const;

function trustLines({ caFile, command, state }: NonNullable<Started['trust']>): string[] {
  if (state === 'kept') return [];
  return [
    ...(state === 'expired' ? ['The kept certificates had expired. These are new: trust them again.'] : []),
    'To let one program trust it, set one of these for the program:',
    `  NODE_EXTRA_CA_CERTS=${caFile}  (Node)`,
    `  SSL_CERT_FILE=${caFile}  (Python, Go, curl)`,
    `  php -d curl.cainfo=${caFile} -d openssl.cafile=${caFile}`,
    'To let this system and its browsers trust it, run:',
    `  ${command}`,
    ...(state === 'temporary'
      ? ['This authority is for this run only. To keep it, start with --certificates FOLDER.']
      : []),
    '',
  ];
}
