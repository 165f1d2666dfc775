import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuditEvent } from '../server/audit/audit-events';
import { accountsOf, accountWriter } from './accounts';
import { apiFaults, checkFaults } from './api-faults';
import { storeApi } from './api/store-api';
import { closeCallbacksOf } from './callback';
import { emulatorCertificates } from './certificates';
import { checkOptions } from './check-options';
import { connectQuery } from './connect-url';
import { faultyDelivery } from './delivery';
import { CALLBACK_TIMEOUT_MS, emulatedApp } from './emulated-app';
import { EmulatorError } from './errors';
import { connectWarnings, emulatedGrants } from './grants';
import { emulatedKeys } from './keys';
import { lazyFetch } from './lazy-fetch';
import { listening, type Listening } from './listening';
import { managerVisits } from './manager-visit';
import { rememberedPairs } from './pairs';
import { restFront } from './rest-front';
import { restJudge } from './rest-judge';
import type { ApiRequest, Faults, Store, StoreOptions, Warning } from './store';
import { storeLog } from './store-log';
import { trustingAgent } from './trust';
import { visitDeliveries } from './visit-deliveries';
import { nonceMemory } from './woocommerce/nonce-memory';
import { deliveryWarnings } from './woocommerce/warnings';

/** What the emulator's command adds to a store. */
export interface StoreHooks {
  /** Returns whether it answered the request itself. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Called for each event of the store's history, such as `grant.approved`. */
  readonly noteEvent?: (event: AuditEvent) => void;
  readonly noteRequest?: (request: ApiRequest) => void;
  readonly noteWarning?: (warning: Warning) => void;
}

/** Starts a store like `startStore` of index.ts, with what the emulator's command adds. */
export async function openStoreForCommand(options: StoreOptions, hooks: StoreHooks = {}): Promise<Store> {
  expectTests();
  checkOptions(options);
  const accounts = accountsOf(options.users);
  const certificates = await emulatorCertificates();
  const { scheme = 'https', port = 0 } = options;
  const listener = await listening(port, scheme === 'https' ? certificates : undefined);
  try {
    const url = `${scheme}://localhost:${listener.port}`;
    return await build({ options, hooks, accounts, certificates, listener, url });
  } catch (error) {
    await listener.close();
    throw error;
  }
}

interface Parts {
  readonly options: StoreOptions;
  readonly hooks: StoreHooks;
  readonly accounts: ReturnType<typeof accountsOf>;
  readonly certificates: Awaited<ReturnType<typeof emulatorCertificates>>;
  readonly listener: Listening;
  readonly url: string;
}

async function build({ options, hooks, accounts, certificates, listener, url }: Parts): Promise<Store> {
  const { name = 'Test store', now = Date.now, strict = false, data } = options;
  const state: { faults: Faults } = { faults: {} };
  const log = storeLog(hooks);
  const pairs = rememberedPairs();
  const nonces = nonceMemory();
  const deliveries = visitDeliveries();
  const api = storeApi({ url, storeName: name, now, data });
  const emulated = await emulatedApp({
    url,
    name,
    now,
    pairs,
    routes: api.routes,
    trust: [certificates.ca, ...[options.trust ?? []].flat()],
    noteEvent: hooks.noteEvent,
    aroundDelivery: faultyDelivery({
      fault: () => state.faults.callback,
      timeoutMs: CALLBACK_TIMEOUT_MS,
      makeReadOnly: (keyId) => emulated.makeReadOnly(keyId),
      note(delivery) {
        deliveries.note(delivery);
        log.noteWarnings(deliveryWarnings(delivery.outcome, delivery.url));
        pairs.allow(delivery.body.consumer_key, delivery.body.key_permissions);
      },
    }),
  });
  const { app, database } = emulated;
  const writeAccounts = accountWriter(accounts, now);
  await writeAccounts(database).catch(async (error: unknown) => {
    await emulated.close();
    throw error;
  });

  const front = restFront({
    url,
    app,
    api: [apiFaults(() => state.faults.api), api.handler],
    now,
    note: log.noteRequest,
    decided: restJudge({
      url,
      strict,
      pairs,
      nonces,
      earlyError: api.earlyError,
      note: log.noteWarnings,
    }),
  });
  listener.serve((request, response) => {
    if (hooks.intercept?.(request, response)) return;
    const query = connectQuery(request.url ?? '', ['authorize', 'login']);
    if (query !== undefined) log.noteWarnings(connectWarnings(query));
    deliveries.within(request, () => front(request, response));
  });

  const agent = trustingAgent(certificates.ca);
  const trusting = lazyFetch(certificates.ca);
  const keys = emulatedKeys({ app, accounts, pairs, now });
  const visits = managerVisits(url, agent);
  const grants = emulatedGrants({
    storeUrl: url,
    accounts,
    strict,
    visits,
    deliveryOf: deliveries.take,
    keyExists: keys.exists,
    note: log.noteWarnings,
  });
  let closing: Promise<unknown> | undefined;
  const whileOpen =
    <Parameters extends readonly unknown[], Result>(work: (...parameters: Parameters) => Promise<Result>) =>
    async (...parameters: Parameters): Promise<Result> => {
      if (closing) throw new EmulatorError('The store is closed.');
      return work(...parameters);
    };
  return {
    url,
    ca: certificates.ca,
    agent,
    fetch: trusting.fetch,
    approve: whileOpen(grants.approve),
    deny: whileOpen(grants.deny),
    createKey: whileOpen(keys.create),
    keys: whileOpen(keys.list),
    revoke: whileOpen(keys.revoke),
    requests: log.requests,
    warnings: log.warnings,
    fail(faults = {}) {
      checkFaults(faults);
      state.faults = faults;
    },
    reset: whileOpen(async () => {
      state.faults = {};
      for (const part of [pairs, nonces, grants, log]) part.forget();
      api.reset();
      await emulated.empty();
      await writeAccounts(database);
    }),
    async close() {
      closing ??= Promise.all([listener.close(), closeCallbacksOf(url)]).then(() => {
        agent.destroy();
        return Promise.all([trusting.close(), emulated.close()]);
      });
      await closing;
    },
  };
}

export function expectTests(): void {
  // eslint-disable-next-line no-restricted-properties -- the only variable that the test kit reads
  if (process.env['NODE_ENV'] === 'production')
    throw new EmulatorError(
      'The test store does not start with NODE_ENV=production: its passwords are hashed cheaply and its secrets are kept in memory. For a real store, run `wc-auth serve`.',
    );
}
