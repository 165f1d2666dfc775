import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { filledIn } from '../recipes/recipe';

const DEPLOY = resolve(__dirname, '../../../deploy/prometheus');
export const ALERTS_FILE = join(DEPLOY, 'alerts.yml');

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  /** The time in seconds, and the value as text. */
  readonly value: readonly [number, string];
}

export interface Prometheus {
  /** Evaluates an expression now. */
  query(expression: string): Promise<readonly Sample[]>;
  /** Returns the health of each loaded alert, by its name. */
  alertHealth(): Promise<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts Prometheus with the shipped configuration and alerts, but with a scrape every 200 ms. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-prometheus-'));
  const config = join(folder, 'prometheus.yml');
  writeFileSync(
    config,
    filledIn(readFileSync(join(DEPLOY, 'prometheus.yml'), 'utf8'), [
      ['interval: 15s', 'interval: 200ms'],
      ['/etc/prometheus/wc-auth-server-alerts.yml', ALERTS_FILE],
      ['127.0.0.1:9464', target],
    ]),
  );
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'close');
  const url = await new Promise<string>((listening, reject) => {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const address = /msg="Listening on" address=(\S+)/.exec(said)?.[1];
      // It listens before it answers queries.
      const isReady = said.includes('Server is ready to receive web requests');
      if (address !== undefined && isReady) listening(`http://${address}`);
    });
    ended.then(() => {
      reject(new Error(`Prometheus did not start: ${said}`));
    }, reject);
  });
  const data = async (path: string): Promise<unknown> => {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as Record<string, unknown>;
    if (answer['status'] !== 'success') throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer['data'];
  };
  return {
    async query(expression) {
      const { result } = (await data(`query?${new URLSearchParams({ query: expression }).toString()}`)) as {
        result: Sample[];
      };
      return result;
    },
    async alertHealth() {
      const { groups } = (await data('rules')) as { groups: { rules: { name: string; health: string }[] }[] };
      return Object.fromEntries(
        groups.flatMap(({ rules }) => rules).map(({ name, health }) => [name, health]),
      );
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
