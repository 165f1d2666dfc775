import type { Config } from '../config';
import { ok, problem, warning, type Finding } from './finding';
import type { HttpGet } from './http-get';
import type { SendProbe } from './probe-store';

/** Checks that the API behind the gateway answers, and that it is not this server itself. */
export async function checkUpstream(
  { upstreamUrl }: Pick<Config, 'upstreamUrl'>,
  { get, sendProbe }: { get: HttpGet; sendProbe: SendProbe | undefined },
): Promise<Finding[]> {
  if (upstreamUrl === undefined) return [];
  const { origin } = new URL(upstreamUrl);
  const index = `${origin}/wp-json/`;
  const [outcome, probe] = await Promise.all([get(index), sendProbe?.({}, origin)]);
  if (probe?.view !== undefined)
    return [
      problem(
        'upstream',
        `UPSTREAM_URL leads back to this server (${origin}), so every API call runs in circles.`,
        'Set UPSTREAM_URL to the address of your API.',
      ),
    ];
  if ('failure' in outcome) {
    const { failure } = outcome;
    const reason = failure.kind === 'tls' ? `certificate: ${failure.problem}` : failure.kind;
    return [
      problem(
        'upstream',
        `The API at UPSTREAM_URL (${origin}) does not answer (${reason}), so every API call gets 502.`,
        'Start the API, or change UPSTREAM_URL.',
      ),
    ];
  }
  const { status } = outcome.answer;
  return status >= 500
    ? [
        warning(
          'upstream',
          `The API at UPSTREAM_URL answers ${index} with status ${status}.`,
          'Look into the log of the API.',
        ),
      ]
    : [ok('upstream', `${origin} answers.`)];
}
