import { load } from '../load';
import { median } from '../median';
import { start } from '../processes';
import type { Figure } from '../report';
import type { Bench } from '../run';
import { pairOf } from '../seed';
import { atLeast } from './verify';

/** Compares the gateway with its own proxy library, both in front of the same API. */
export async function gatewayFigures({ rounds, seconds, few }: Bench): Promise<Figure[]> {
  const api = await start('bench/servers/api.ts');
  const upstream = { UPSTREAM_URL: `http://127.0.0.1:${api.port}` };
  const bare = await start('bench/servers/bare-proxy.ts', upstream);
  const gateway = await start('dist/server/main.js', { ...few.env, ...upstream });
  const { consumerKey, consumerSecret } = pairOf(1);
  const options = {
    seconds,
    path: '/wp-json/wc/v3/products',
    headers: {
      Authorization: `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`,
      'X-Forwarded-Proto': 'https',
    },
  };
  const ratios: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const through = await load(gateway, options);
    const without = await load(bare, options);
    if (through.rejected + without.rejected > 0) throw new Error('gateway: requests failed');
    ratios.push(through.rate / without.rate);
  }
  await Promise.all([api, bare, gateway].map((subject) => subject.stop()));
  return [atLeast('gateway / the same proxy library without verification', median(ratios), 0.85)];
}
