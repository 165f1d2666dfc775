import http from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Subject } from '../processes';

/** One request and the status that it must get. */
export interface Sent {
  readonly authorization: string;
  readonly status: 200 | 401;
}

/**
 * Sends one request after the other on one connection, spread evenly over `seconds`, or without a
 * pause. Returns the microseconds until each answer.
 *
 * @throws if a request gets another status.
 */
export async function sendOneByOne(
  subject: Subject,
  path: string,
  requests: readonly Sent[],
  seconds = 0,
): Promise<number[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  const began = performance.now();
  for (const [at, { authorization, status }] of requests.entries()) {
    const due = began + (at / requests.length) * seconds * 1000 - performance.now();
    if (due > 0) await wait(due);
    const sent = performance.now();
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      http
        .get(
          {
            agent,
            host: '127.0.0.1',
            port: subject.port,
            path,
            headers: { Authorization: authorization, 'X-Forwarded-Proto': 'https' },
          },
          (response) => {
            response.resume().on('end', () => {
              resolve(response.statusCode);
            });
          },
        )
        .on('error', reject);
    });
    times.push((performance.now() - sent) * 1000);
    if (answered !== status) throw new Error(`answered ${String(answered)} in place of ${status}`);
  }
  agent.destroy();
  return times;
}
