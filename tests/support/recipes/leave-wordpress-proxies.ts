import { filledIn, namedBlocks, startCaddy, startNginx, type RunningProxy } from './recipe';

export interface WordpressPorts {
  readonly wcAuth: number;
  readonly wordpress: number;
  /** Of the bridge to WordPress's own REST API, if there is one. */
  readonly bridge?: number;
}
export type StartBesideWordpress = (ports: WordpressPorts) => Promise<RunningProxy>;

const blocks = namedBlocks('leave-wordpress.md');
const block = (name: string) => {
  const found = blocks.get(name);
  if (found === undefined) throw new Error(`docs/leave-wordpress.md has no block ${name}`);
  return found;
};

interface BesideWordpress {
  readonly program: string;
  readonly start: StartBesideWordpress;
}

/** The recipes of docs/leave-wordpress.md, as they are on the page. */
export const PROXIES: readonly BesideWordpress[] = [
  {
    program: 'nginx',
    start: ({ wcAuth, wordpress, bridge }) =>
      startNginx(
        block('shop.conf') + (bridge === undefined ? '' : block('bridge.conf')),
        { wcAuth, api: bridge },
        [['127.0.0.1:8081', `127.0.0.1:${wordpress}`]],
      ),
  },
  {
    program: 'caddy',
    start: ({ wcAuth, wordpress, bridge }) =>
      startCaddy(
        block('shop.caddyfile'),
        { wcAuth },
        [['127.0.0.1:8081', `127.0.0.1:${wordpress}`]],
        bridge === undefined
          ? ''
          : filledIn(block('bridge.caddyfile'), [
              ['127.0.0.1:8081', `127.0.0.1:${wordpress}`],
              ['127.0.0.1:3000', `127.0.0.1:${bridge}`],
            ]),
      ),
  },
];
