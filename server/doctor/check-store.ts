import type { Config } from '../config';
import type { StoreUrl } from '../http/store-url';
import { trustsEveryone } from './check-configuration';
import type { ClockReading } from './check-clock';
import { certificateFindings } from './check-certificate';
import { describeUnanswered } from './describe-unanswered';
import { ok, warning, type Finding } from './finding';
import type { HttpGet } from './http-get';
import { forgedHeaders, judgeForgery } from './judge-forgery';
import { judgeAddress, judgeHost, judgeScheme } from './judge-view';
import { serverTime, type ProbeOutcome, type SendProbe } from './probe-store';

export interface StoreCheckDependencies {
  readonly config: Pick<Config, 'storeUrl' | 'host' | 'port' | 'trustsProxy'>;
  readonly get: HttpGet;
  readonly sendProbe: SendProbe;
  /** TRUST_PROXY as it is set. */
  readonly trustProxy: string;
  readonly version: string;
  readonly now: () => number;
}

export interface CheckedStore {
  readonly findings: readonly Finding[];
  readonly clocks: readonly ClockReading[];
}

/** Checks what clients meet at STORE_URL, and how the server sees them there. */
export async function checkStore({
  config,
  get,
  sendProbe,
  trustProxy,
  version,
  now,
}: StoreCheckDependencies): Promise<CheckedStore> {
  const { storeUrl, trustsProxy } = config;
  const first = await sendProbe();
  const answersOtherwise = first.view === undefined && 'answer' in first;
  const readiness = answersOtherwise ? await readinessAt(storeUrl, get) : undefined;
  const outcome = readiness === undefined ? first : await sendProbe();
  const certificate = 'answer' in outcome ? certificateFindings(outcome.answer.validUntil, now()) : [];
  if (outcome.view === undefined) {
    const local = localUrl(config);
    const answersLocally = (await sendProbe({}, local + storeUrl.basePath)).view !== undefined;
    const unanswered = describeUnanswered(outcome, { storeUrl, local, answersLocally, readiness });
    return { findings: [...certificate, unanswered], clocks: clocksIn(outcome, now) };
  }
  const { view, answer } = outcome;
  const seen = { view, storeUrl, localPort: answer.localPort, trustProxy, trustsProxy };
  const forged = (await sendProbe(forgedHeaders(storeUrl.secure))).view;
  return {
    findings: [
      ...certificate,
      serverFinding(view.version, version, answer.ms),
      judgeScheme(seen),
      judgeHost(seen),
      judgeAddress(seen),
      ...(forged === undefined
        ? [ok('forged_headers', 'The proxy rejects a request with forged X-Forwarded-* headers.')]
        : judgeForgery(seen, forged, trustsEveryone(trustsProxy))),
    ],
    clocks: clocksIn(outcome, now),
  };
}

/**
 * Returns what `/readyz` says, if a wc-auth-server answers at STORE_URL. That server then reads a
 * key file that was replaced since its start.
 */
async function readinessAt({ origin }: StoreUrl, get: HttpGet): Promise<string | undefined> {
  const outcome = await get(`${origin}/readyz`);
  if (!('answer' in outcome)) return undefined;
  const [, status, reason] =
    /^\{"status":"(ok|unavailable)"(?:,"reason":"(\w+)")?\}$/.exec(outcome.answer.body) ?? [];
  return reason ?? status;
}

function serverFinding(running: string, version: string, ms: number): Finding {
  return running === version
    ? ok('server', `wc-auth-server ${running} answers in ${ms} ms.`)
    : warning(
        'server',
        `The server runs version ${running}, but this command is version ${version}.`,
        'Restart the server after an upgrade.',
      );
}

/** Returns the address where the server listens on this machine, according to HOST and PORT. */
function localUrl({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const reachable =
    { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
  return `http://${reachable}:${port}`;
}

function clocksIn(outcome: ProbeOutcome, now: () => number): ClockReading[] {
  const source = 'the server at STORE_URL';
  if (outcome.view !== undefined) return [{ source, behindMs: outcome.view.now - outcome.atMs }];
  const theirs = serverTime(outcome);
  return theirs === undefined ? [] : [{ source, behindMs: theirs - now() }];
}
