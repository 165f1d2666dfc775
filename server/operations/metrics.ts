import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { CHANGED_BY, type AuditEvent, type AuditEventName, type ChangedBy } from '../audit/audit-events';
import type { Deliver } from '../callback-delivery/deliver';
import { DELIVERY_FAILURE_KINDS } from '../callback-delivery/delivery-failure';
import type { SessionService } from '../session/session-service';
import type { Unready } from './readiness';
import { verificationCounts } from './verification-counts';

export type Metrics = ReturnType<typeof serverMetrics>;

// Maps audited events to label values. A label has no other values than the ones listed here.
const GRANTS: Partial<Record<AuditEventName, string>> = {
  'grant.approved': 'approved',
  'grant.denied': 'denied',
  'grant.delivery_failed': 'delivery_failed',
};
const SIGN_INS = ['signed_in', 'wrong', 'forged', 'throttled', 'rejected'];
// The command line and an import are other processes, so their revocations never show up here.
const revokedBy = (by: ChangedBy | undefined) =>
  by === undefined || by === 'command line' || by === 'import' || by === 'sign-in' ? 'other' : by;
const CALLBACK_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * Counts what this process has done since its start, for Prometheus.
 *
 * Counting never stops, whether or not metrics are read. For an API call it is one addition;
 * everything else follows the audit. Each label has a handful of values, and none of them is a key,
 * account, app or address.
 */
export function serverMetrics(version: string) {
  const registry = new Registry();
  new Gauge({
    name: 'wc_auth_build_info',
    help: 'Always 1. The labels name the version of wc-auth-server and of Node.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.version }, 1);
  const verifications = verificationCounts(registry);
  const grants = counted('wc_auth_grants_total', 'Decided grants.', 'outcome', Object.values(GRANTS));
  const signIns = counted('wc_auth_sign_ins_total', 'Tried sign-ins.', 'outcome', SIGN_INS);
  const revocations = counted('wc_auth_revocations_total', 'Ended keys by the way it was asked for.', 'by', [
    ...CHANGED_BY.map(revokedBy),
  ]);
  const failures = counted(
    'wc_auth_callback_failures_total',
    'Callbacks that did not deliver their key.',
    'kind',
    DELIVERY_FAILURE_KINDS,
  );
  const callbackSeconds = new Histogram({
    name: 'wc_auth_callback_seconds',
    help: 'Time of a callback: lookup, connection, TLS and answer.',
    buckets: CALLBACK_SECONDS,
    registers: [registry],
  });

  return {
    registry,
    noteVerification: verifications.note,
    /** Shows at each scrape whether the server is ready, as `/readyz` does. */
    watchReadiness(unready: () => Promise<Unready | undefined>): void {
      new Gauge({
        name: 'wc_auth_ready',
        help: '1 if API calls can be verified, 0 if /readyz answers 503.',
        registers: [registry],
        async collect() {
          this.set((await unready()) === undefined ? 1 : 0);
        },
      });
    },
    /** Called for each event that was written to the audit. */
    noteEvent: (entry: AuditEvent): void => {
      const grant = GRANTS[entry.event];
      if (grant !== undefined) grants.inc({ outcome: grant });
      if (entry.event === 'session.sign_in_rejected') signIns.inc({ outcome: 'rejected' });
      if (entry.event === 'key.revoked') revocations.inc({ by: revokedBy(entry.detail?.by) });
    },
    /** Returns the session service with its sign-ins counted. */
    countingSignIns: (sessions: SessionService): SessionService => ({
      ...sessions,
      async signIn(request, response, form) {
        const outcome = await sessions.signIn(request, response, form);
        signIns.inc({ outcome: typeof outcome === 'string' ? outcome.replace(' ', '_') : 'throttled' });
        return outcome;
      },
      async enter(...visit) {
        const entered = await sessions.enter(...visit);
        if (entered) signIns.inc({ outcome: 'signed_in' });
        return entered;
      },
    }),
    /** Returns the delivery with its time and its failures counted. */
    timed:
      (deliver: Deliver): Deliver =>
      async (url, payload) => {
        const outcome = await deliver(url, payload);
        callbackSeconds.observe(outcome.ms / 1000);
        if (!outcome.delivered) failures.inc({ kind: outcome.reason.kind });
        return outcome;
      },
  };

  // Every series exists from the start with the value 0. A rate over a new series would miss its
  // first event.
  function counted<Label extends string>(
    name: string,
    help: string,
    label: Label,
    values: readonly string[],
  ): Counter<Label> {
    const counter = new Counter({ name, help, labelNames: [label], registers: [registry] });
    for (const value of values) counter.inc({ [label]: value } as Record<Label, string>, 0);
    return counter;
  }
}
