import type { Account } from './accounts';
import { isKitCallback, takeAnswerError } from './callback';
import { shown } from './check-options';
import { connectQuery, connectUrlOf } from './connect-url';
import { ConnectError, EmulatorError, StrictError } from './errors';
import type { Delivery } from './delivery';
import type { managerVisits, VisitOutcome } from './manager-visit';
import type { Granted, Store, Warning } from './store';
import type { WarningCode } from './woocommerce/warning-list';
import { deliveryWarnings, grantWarnings } from './woocommerce/warnings';

export interface GrantsDependencies {
  readonly storeUrl: string;
  readonly accounts: readonly Account[];
  readonly strict: boolean;
  readonly visits: ReturnType<typeof managerVisits>;
  /** Removes and returns the delivery that a visit caused. */
  readonly deliveryOf: (visit: string) => Delivery | undefined;
  readonly keyExists: (keyId: number) => Promise<boolean>;
  readonly note: (warnings: readonly Warning[]) => void;
}

type Decision = 'approve' | 'deny';
const PAST = { approve: 'approved', deny: 'denied' } as const;

/** Returns `approve` and `deny` of the test kit. */
export function emulatedGrants(dependencies: GrantsDependencies) {
  const { storeUrl, accounts, strict, visits, deliveryOf, keyExists, note } = dependencies;
  /** The key of each connect URL that was approved. */
  const approved = new Map<string, number>();
  /** The connect URLs that are being decided. */
  const inProgress = new Map<string, Decision>();
  let count = 0;

  function visitorOf(login: string | undefined): Account {
    const visitor =
      login === undefined
        ? (accounts.find(({ role }) => role !== 'customer') ?? accounts[0])
        : accounts.find((account) => account.login === login);
    const logins = accounts.map((account) => account.login).join(', ');
    if (visitor) return visitor;
    throw new EmulatorError(
      login === undefined
        ? 'The store has no users. Pass one in `users`.'
        : `The store has no user ${JSON.stringify(login)}. Its users are: ${logins}.`,
    );
  }

  /** Decides in the browser, and returns the outcome with its warnings. */
  async function decide(connectUrl: string, as: string | undefined, decision: Decision) {
    const visitor = visitorOf(as);
    const early = connectWarnings(connectQuery(connectUrl) ?? '');
    rejectBreaking(early);
    const visit = String(++count);
    const outcome = await visits.decide(connectUrl, visitor, { decision, visit }).catch(interrupted);
    const delivery = deliveryOf(visit);
    if (delivery && isServerError(delivery) && 'rejected' in outcome)
      rejectAnswer(delivery.url, outcome.status, early);
    const late = delivery ? deliveryWarnings(delivery.outcome, delivery.url) : [];
    const warnings = [...early, ...late];
    if ('rejected' in outcome && late.length > 0) rejectBreaking(warnings);
    return { returnedTo: returnedTo(outcome, warnings), delivery, warnings };
  }

  function rejectBreaking(warnings: readonly Warning[]): void {
    const breaking = warnings.filter(({ severity }) => severity === 'breaks');
    if (!strict || breaking.length === 0) return;
    note(breaking);
    throw new StrictError(breaking);
  }

  async function rejectApproved(connectUrl: string): Promise<void> {
    const keyId = approved.get(connectUrl);
    if (keyId !== undefined && (await keyExists(keyId)))
      throw new EmulatorError(
        `This connect URL was approved before, and its key ${keyId} still works. To connect again, call revoke(${keyId}) or reset() first, or use a connect URL with another user_id.`,
      );
  }

  /** Passes on what `work` returns, while nothing else decides on the connect URL. */
  async function alone<T>(given: string, decision: Decision, work: (connectUrl: string) => Promise<T>) {
    const connectUrl = connectUrlOf(given, storeUrl);
    const other = inProgress.get(connectUrl);
    if (other)
      throw new EmulatorError(
        `This connect URL is being ${PAST[other]}. Wait for that \`${other}\` before the next \`${decision}\`.`,
      );
    inProgress.set(connectUrl, decision);
    try {
      return await work(connectUrl);
    } finally {
      inProgress.delete(connectUrl);
    }
  }

  async function approve(connectUrl: string, as: string | undefined): Promise<Granted> {
    visitorOf(as);
    await rejectApproved(connectUrl);
    const { returnedTo, delivery, warnings } = await decide(connectUrl, as, 'approve');
    if (!delivery) throw new EmulatorError('The store granted the request without calling the callback.');
    const { url, body } = delivery;
    approved.set(connectUrl, body.key_id);
    return {
      returnedTo,
      callback: { url, status: 200, body },
      key: {
        keyId: body.key_id,
        consumerKey: body.consumer_key,
        consumerSecret: body.consumer_secret,
        permissions: body.key_permissions,
      },
      warnings,
    };
  }

  return {
    approve: (connectUrl: string, { as }: { readonly as?: string } = {}) =>
      alone(connectUrl, 'approve', (url) => approve(url, as)),

    deny: (connectUrl: string, { as }: { readonly as?: string } = {}): ReturnType<Store['deny']> =>
      alone(connectUrl, 'deny', async (url) => {
        const { returnedTo, warnings } = await decide(url, as, 'deny');
        return { returnedTo, warnings };
      }),

    forget(): void {
      approved.clear();
      visits.forget();
    },
  };
}

/** The warnings about the address of a callback, which the kit chooses for its own. */
const CHOSEN_BY_KIT: readonly string[] = [
  'callback-url-port',
  'callback-address',
] satisfies readonly WarningCode[];

/**
 * Returns the warnings about the query of a connect URL. The kit chooses the ports of its own
 * callbacks, so it does not warn about them.
 */
export function connectWarnings(query: string): Warning[] {
  const warnings = grantWarnings(query);
  const isOurs = isKitCallback(new URLSearchParams(query).get('callback_url') ?? '');
  return warnings.filter(({ code }) => !isOurs || !CHOSEN_BY_KIT.includes(code));
}

/** Returns whether a callback answered as it does if its answer function throws. */
const isServerError = ({ outcome }: Delivery) =>
  !outcome.delivered && outcome.reason.kind === 'status' && outcome.reason.status === 500;

/** @throws the error of the callback's answer function, if there was one */
function rejectAnswer(callbackUrl: string, status: number, warnings: readonly Warning[]): void {
  const error = takeAnswerError(callbackUrl);
  if (error instanceof EmulatorError) throw error;
  if (error !== undefined)
    throw new ConnectError(
      `The answer function of the callback threw ${error instanceof Error ? String(error) : shown(error)}`,
      status,
      warnings,
      error,
    );
}

function interrupted(error: unknown): never {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(code)) throw error;
  throw new EmulatorError('The store was closed before the grant ended.');
}

function returnedTo(outcome: VisitOutcome, warnings: readonly Warning[]): string {
  if ('returnedTo' in outcome) return outcome.returnedTo;
  throw new ConnectError(outcome.rejected, outcome.status, warnings);
}
