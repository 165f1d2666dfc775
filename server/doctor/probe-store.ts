import * as z from 'zod';
import type { StoreUrl } from '../http/store-url';
import { PROBE_PATH } from '../probe/probe-endpoint';
import { signProbe } from '../probe/probe-token';
import type { ServerView } from '../probe/server-view';
import type { HttpAnswer, HttpGet, HttpOutcome } from './http-get';

/** The answer of the server to a probe, or what came instead. */
export type ProbeOutcome =
  | { readonly answer: HttpAnswer; readonly view: ServerView; readonly atMs: number }
  | (HttpOutcome & { readonly view?: undefined });

/** Sends one probe to a base URL. Default: STORE_URL. */
export type SendProbe = (headers?: Readonly<Record<string, string>>, base?: string) => Promise<ProbeOutcome>;

export interface ProbeSenderDependencies {
  readonly storeUrl: StoreUrl;
  readonly key: Buffer;
  readonly get: HttpGet;
  readonly now: () => number;
}

const text = z.string().nullable();
const serverView = z.object({
  probe: z.string(),
  version: z.string(),
  now: z.number(),
  scheme: z.enum(['http', 'https']),
  host: text,
  address: z.string(),
  peer: z.object({
    address: z.string(),
    port: z.number().nullable(),
    encrypted: z.boolean(),
    trusted: z.boolean(),
  }),
  forwarded: z.object({ for: text, proto: text, host: text }),
}) satisfies z.ZodType<ServerView>;

/** A `Date` header has whole seconds. */
const CLOCKS_DIFFER_MS = 3_000;

/** Returns the function that sends signed probes and reads what the server saw. Never rejects. */
export function probeSender({ storeUrl, key, get, now }: ProbeSenderDependencies): SendProbe {
  async function send(
    issuedAt: number,
    headers: Readonly<Record<string, string>>,
    base: string,
  ): Promise<ProbeOutcome> {
    const probe = signProbe(key, storeUrl, issuedAt);
    const outcome = await get(base + PROBE_PATH, { ...headers, Authorization: probe.authorization });
    const view = 'answer' in outcome ? viewIn(outcome.answer) : undefined;
    return 'answer' in outcome && view?.probe === probe.id
      ? { answer: outcome.answer, view, atMs: now() }
      : outcome;
  }
  return async (headers = {}, base = storeUrl.href) => {
    const outcome = await send(now(), headers, base);
    // The server checks the age of a probe with its own clock.
    const theirs = serverTime(outcome);
    return outcome.view === undefined && theirs !== undefined && Math.abs(theirs - now()) > CLOCKS_DIFFER_MS
      ? send(theirs, headers, base)
      : outcome;
  };
}

/** Returns the time in the `Date` header of an answer. */
export function serverTime(outcome: ProbeOutcome): number | undefined {
  const time = 'answer' in outcome ? Date.parse(outcome.answer.headers.date ?? '') : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function viewIn({ status, body }: HttpAnswer): ServerView | undefined {
  if (status !== 200) return undefined;
  try {
    return serverView.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
