import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { AuditLog } from '../audit/audit-log';
import type { Deliver } from '../callback-delivery/deliver';
import type { App, ConsumerKey } from '../consumer-keys/consumer-key';
import type { ConsumerKeyService, IssuedKey } from '../consumer-keys/consumer-key-service';
import { grantDescription } from '../consumer-keys/description';
import { isLimited, setLimits } from '../consumer-keys/key-limits';
import type { LimitGuard } from '../consumer-keys/limit-guard';
import { ClientError } from '../errors/http-errors';
import { BODY_MAX } from '../http/body-limits';
import type { Session } from '../session/session-service';
import type { Database } from '../storage/database';
import { isConnectionLost } from '../storage/errors';
import { appOf } from './app-of';
import type { GrantChoices } from './grant-choices';
import { checkGrantParameters, type AsSent, type GrantParameters } from './grant-parameters';
import {
  failureFacts,
  settledAs,
  storedFailure,
  type FailureReport,
  type GrantFailure,
  type GrantOutcome,
} from './grant-outcome';
import type { GrantRequest, GrantRequestStore } from './grant-request-store';
import { bytesInAForm, sameInAForm } from './in-a-form';
import type { ReplaceHeld } from './replace-held';
import { whileUnavailable } from './while-unavailable';

export interface GrantDependencies {
  readonly database: Database;
  readonly requests: GrantRequestStore;
  readonly consumerKeys: ConsumerKeyService;
  /** Posts a key to its app, within `timeoutMs`. */
  readonly delivery: { readonly deliver: Deliver; readonly timeoutMs: number };
  readonly audit: AuditLog;
  /** Ends the keys that the manager chose to replace, in the transaction of the grant. */
  readonly replaceHeld: ReplaceHeld;
  readonly expectLimitsToCount: LimitGuard;
  /** The name of an app without visible characters in its name. */
  readonly unnamedApp: string;
  readonly now: () => number;
}

/** The session and the address of the manager who decides, and the id of the request. */
export interface Decider {
  readonly session: Session;
  readonly address: string;
  readonly requestId: string;
}

/** A grant request, with the parameters that it was opened with. */
export interface OpenGrant {
  readonly request: GrantRequest;
  readonly parameters: GrantParameters;
}

// A manager may leave the consent page open for this long. WooCommerce's nonces live up to 24
// hours.
const REQUEST_LIFETIME_MS = 24 * 3_600_000;
// The time after the callback's deadline in which the outcome is stored.
const SETTLING_MS = 5_000;
// The form also has a nonce and the keys to revoke.
const PARAMETERS_MAX = BODY_MAX - 1024;
const POLL_MS = 50;

export type GrantService = ReturnType<typeof grantService>;

/** Returns the service for a visit to the consent page, from its nonce to its decision. */
export function grantService(dependencies: GrantDependencies) {
  const { database, requests, consumerKeys, audit, replaceHeld, unnamedApp, now } = dependencies;
  const { expectLimitsToCount } = dependencies;
  const { deliver, timeoutMs } = dependencies.delivery;

  /**
   * Opens a request and returns its nonce: 160 random bits, stored as a hash.
   * @throws ClientError 413 if the parameters are too long for the consent page's form.
   */
  async function open(parameters: GrantParameters, session: Session): Promise<string> {
    if (bytesInAForm(parameters.asSent) > PARAMETERS_MAX)
      throw new ClientError(413, 'The parameters are too long for the form of the consent page.');
    const nonce = randomBytes(20).toString('hex');
    await requests.insert(
      { sessionHash: session.sessionHash, userId: session.user.userId, asSent: parameters.asSent },
      { nonceHash: hashNonce(nonce), now: now(), expiresAt: now() + REQUEST_LIFETIME_MS },
    );
    return nonce;
  }

  /**
   * Returns the request of a nonce, if session and parameters are those of the consent page. From
   * here on the stored parameters count, not those of the form.
   */
  async function find(nonce: string, presented: AsSent, session: Session): Promise<OpenGrant | undefined> {
    const request =
      (await requests.findByNonce(hashNonce(nonce), now())) ??
      (await requests.findByNonce(hashOlderNonce(nonce), now()));
    if (!request || request.sessionHash !== session.sessionHash) return undefined;
    if (request.userId !== session.user.userId) return undefined;
    return sameInAForm(request.asSent, presented)
      ? { request, parameters: checkGrantParameters(request.asSent) }
      : undefined;
  }

  async function approve(
    { request, parameters }: OpenGrant,
    { session, address, requestId }: Decider,
    choices: GrantChoices,
  ): Promise<GrantOutcome> {
    const app = appOf(parameters, unnamedApp);
    const who = { userId: session.user.userId, login: session.user.login, address };
    const until = now() + timeoutMs + SETTLING_MS;
    if (isLimited(choices.limits) || (choices.overlapMs > 0 && choices.keysToReplace.length > 0))
      await expectLimitsToCount();
    const issued = await decideAndIssue(request, choices, { app, userId: session.user.userId, until });
    if (!issued) return outcomeOf(request.grantRequestId, requestId);

    const about = { ...who, keyId: issued.keyId, appName: app.appName, callbackOrigin: app.callbackOrigin };
    const result = await deliver(parameters.callbackUrl, {
      key_id: issued.keyId,
      user_id: parameters.appUserId,
      consumer_key: issued.consumerKey,
      consumer_secret: issued.consumerSecret,
      key_permissions: choices.permissions,
    });
    const report = { requestId, at: now() };
    const settle = async (within: Knex): Promise<GrantOutcome> => {
      // An earlier attempt stored it and its response was lost, or another process settled it
      // after this process lost its lease.
      const before = settledAs(await requests.find(request.grantRequestId, within), report);
      if (before) return before;
      const delivered = result.delivered && (await consumerKeys.markDelivered(issued.keyId, now(), within));
      if (!delivered) {
        const wasThere = await consumerKeys.remove(issued.keyId, within);
        const late: GrantFailure = { kind: 'timeout', afterMs: timeoutMs };
        const failure = !result.delivered ? result.reason : wasThere ? late : ({ kind: 'revoked' } as const);
        const stored = storedFailure(failure, report);
        await requests.settle(request.grantRequestId, 'failed', stored, within);
        const detail = { reason: failure.kind, ...failureFacts(failure), ms: result.ms };
        await audit.record(
          { event: 'grant.delivery_failed', at: now(), ...about, requestId, detail },
          within,
        );
        return { kind: 'failed', failure, report };
      }
      await requests.settle(request.grantRequestId, 'delivered', null, within);
      const { permissions, limits } = choices;
      const detail = { permissions, ...setLimits(limits), ms: result.ms };
      await audit.record({ event: 'grant.approved', at: now(), ...about, detail }, within);
      await replaceHeld({ app, who, choices, by: issued.keyId }, within);
      return { kind: 'granted' };
    };
    return whileUnavailable(() => database.transaction(settle), { until, now });
  }

  /**
   * Stores the decision and the key in one transaction, so that many submits of one nonce make one
   * key.
   */
  async function decideAndIssue(
    request: GrantRequest,
    { permissions, limits }: GrantChoices,
    { app, userId, until }: { app: App; userId: number; until: number },
  ): Promise<IssuedKey | undefined> {
    const pending = { until, lease: database.lease.id };
    let made = undefined as IssuedKey | undefined;
    try {
      return await database.transaction(async (within) => {
        const carriedOut = { lease: pending.lease, deadline: pending.until };
        if (!(await requests.decide(request.grantRequestId, 'approved', carriedOut, within)))
          return undefined;
        made = await consumerKeys.issue(
          {
            userId,
            description: grantDescription(app.appName, now()),
            permissions,
            limits,
            now: now(),
            app,
            pending,
          },
          within,
        );
        return made;
      });
    } catch (error) {
      // The commit may have succeeded and only its response was lost. Then this process must
      // deliver the key.
      if (!isConnectionLost(error) || !made) throw error;
      const { keyId } = made;
      if (!(await whileUnavailable(() => consumerKeys.find(keyId), { until, now }))) throw error;
      return made;
    }
  }

  async function deny(
    { request, parameters }: OpenGrant,
    { session, address, requestId }: Decider,
  ): Promise<GrantOutcome> {
    const { appName, callbackOrigin } = appOf(parameters, unnamedApp);
    const decided = await database.transaction(async (within) => {
      if (!(await requests.decide(request.grantRequestId, 'denied', null, within))) return false;
      const { userId, login } = session.user;
      await audit.record(
        { event: 'grant.denied', at: now(), userId, login, address, appName, callbackOrigin },
        within,
      );
      return true;
    });
    return decided ? { kind: 'denied' } : outcomeOf(request.grantRequestId, requestId);
  }

  /** Returns the outcome of an earlier decision. Waits while any process still delivers the key. */
  async function outcomeOf(grantRequestId: number, requestId: string): Promise<GrantOutcome> {
    for (;;) {
      const request = await requests.find(grantRequestId);
      const report: FailureReport = { requestId, at: now() };
      const settled = settledAs(request, report);
      if (settled) return settled;
      const dead = request?.lease != null && (await database.lease.isGone(request.lease));
      if (!request || dead || now() > (request.deadline ?? 0))
        return { kind: 'failed', failure: { kind: 'interrupted' }, report };
      await wait(POLL_MS);
    }
  }

  return {
    open,
    find,
    approve,
    deny,
    /** Returns the keys that this app already has from this manager. */
    heldKeys: (parameters: GrantParameters, session: Session): Promise<ConsumerKey[]> =>
      consumerKeys.heldBy(appOf(parameters, unnamedApp), session.user.userId),
  };
}

// A server of a version without limits on the same database would accept the form and ignore what the
// manager chose. It looks for the other hash, so it shows its own page instead.
const hashNonce = (nonce: string): string => hashOlderNonce(`with limits ${nonce}`);

/** As those versions stored it. Their forms count here too. */
const hashOlderNonce = (nonce: string): string => createHash('sha256').update(nonce).digest('hex');
