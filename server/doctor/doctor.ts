import type { LookupAll } from '../callback-delivery/address-rules';
import { callbackAddressRules } from '../callback-delivery/address-rules';
import { callbackDelivery } from '../callback-delivery/deliver';
import { callbackTrial } from '../callback-delivery/try-callback';
import type { Config } from '../config';
import { appListReader } from '../consumer-keys/app-list-reader';
import type { Messages } from '../pages/messages';
import { PROBE_KEY_PURPOSE } from '../probe/probe-token';
import type { Database } from '../storage/database';
import { exposures, openToEveryone } from '../storage/exposed-files';
import { containerRisks } from '../storage/lost-with-container';
import { checkCallbacks } from './check-callbacks';
import { clockFindings, readClocks } from './check-clock';
import { configurationFindings } from './check-configuration';
import { checkDatabase } from './check-database';
import { checkSecretKey, type CheckedSecretKey } from './check-secret-key';
import { certificateFileFindings } from './check-certificate';
import { checkStore, type CheckedStore } from './check-store';
import { checkUpstream } from './check-upstream';
import { CHECKS, ok, warning, type Finding } from './finding';
import { httpGet } from './http-get';
import { probeSender } from './probe-store';

export interface DoctorDependencies {
  readonly config: Config;
  /** TRUST_PROXY as it is set. */
  readonly trustProxy: string;
  /** No connection except to the database. */
  readonly offline: boolean;
  readonly version: string;
  readonly messages: Messages;
  readonly lookup: LookupAll;
  /** Files that contain secrets, besides those of the store. */
  readonly secretFiles: readonly string[];
  readonly now: () => number;
}

/** For each connection, in milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * Checks an installation from the outside and the inside, in the order of {@link CHECKS}. Changes
 * nothing, and goes on after a problem as far as it can.
 */
export async function examine(dependencies: DoctorDependencies): Promise<Finding[]> {
  const { config, offline, now } = dependencies;
  const { findings: ofDatabase, database } = await checkDatabase(config.database);
  try {
    const secret = await checkSecretKey(config, database);
    const [clocks, network] = await Promise.all([
      readClocks(config.database, database, now),
      offline ? NO_NETWORK : checkNetwork(dependencies, database, secret),
    ]);
    const found = [
      ...configurationFindings(config),
      ...ofDatabase,
      ...fileFindings(dependencies, database, secret),
      ...secret.findings,
      ...clockFindings([...clocks, ...network.clocks]),
      ...certificateFileFindings(config, now()).filter(({ status }) => offline || status !== 'ok'),
      ...network.findings,
    ];
    return CHECKS.flatMap((name) => found.filter(({ check }) => check === name)).filter(isFirst);
  } finally {
    await database?.close();
  }
}

/** A certificate that the server reads from a file is checked there and at STORE_URL. */
const isFirst = (finding: Finding, index: number, all: readonly Finding[]): boolean =>
  all.findIndex(({ detail }) => detail === finding.detail) === index;

const NO_NETWORK: CheckedStore = { findings: [], clocks: [] };

async function checkNetwork(
  { config, trustProxy, version, messages, lookup, now }: DoctorDependencies,
  database: Database | undefined,
  secret: CheckedSecretKey,
): Promise<CheckedStore> {
  const { storeUrl } = config;
  const get = httpGet({ timeoutMs: TIMEOUT_MS });
  const key = probeKey(secret);
  const sendProbe = key && probeSender({ storeUrl, key, get, now });
  const [store, upstream, callbacks] = await Promise.all([
    sendProbe === undefined ? NO_NETWORK : checkStore({ config, get, sendProbe, trustProxy, version, now }),
    checkUpstream(config, { get, sendProbe }),
    database === undefined
      ? []
      : checkCallbacks({
          appList: appListReader(database),
          trial: trialOf(config, lookup),
          messages,
        }),
  ]);
  return { findings: [...store.findings, ...upstream, ...callbacks], clocks: store.clocks };
}

/** Every server of the database has the key that seals, also while it is being replaced. */
function probeKey({ keys, sealingKeyId }: CheckedSecretKey): Buffer | undefined {
  return keys?.derive(PROBE_KEY_PURPOSE, sealingKeyId ?? keys.first().id)[0];
}

function trialOf({ callback, storeUrl }: Config, lookup: LookupAll) {
  const { allowHosts, userAgent } = callback;
  const timeoutMs = Math.min(callback.timeoutMs, TIMEOUT_MS);
  const rules = callbackAddressRules({ allowHosts, storeUrl, lookup });
  const { deliver } = callbackDelivery({ rules, userAgent, storeUrl, timeoutMs });
  return callbackTrial({ rules, deliver, lookup, timeoutMs });
}

function fileFindings(
  { config, secretFiles }: DoctorDependencies,
  database: Database | undefined,
  { keys }: CheckedSecretKey,
): Finding[] {
  const open = [
    ...(database === undefined
      ? []
      : [...exposures(config.database, keys?.file), ...containerRisks(config.database)]),
    ...openToEveryone(secretFiles),
  ];
  if (database === undefined && open.length === 0) return [];
  return open.length === 0
    ? [ok('files', 'Other accounts of this machine cannot access the files of the store.')]
    : open.map(({ problem, fix }) => warning('files', problem, fix));
}
