import type { ServerView } from '../probe/server-view';
import { ok, problem, warning, type Finding } from './finding';
import { isProxied, listed, plain, type Seen } from './judge-view';

const FORGED_ADDRESS = '203.0.113.77';
const FORGED_HOST = 'forged.invalid';

/** Headers that a client must not be able to set. RFC 5737 and RFC 6761 reserve these values. */
export const forgedHeaders = (secure: boolean): Readonly<Record<string, string>> => ({
  'X-Forwarded-For': FORGED_ADDRESS,
  'X-Forwarded-Host': FORGED_HOST,
  'X-Forwarded-Proto': secure ? 'http' : 'https',
});

/**
 * Judges whether the server believed the forged headers of a second probe. `seen` is the first one,
 * without them. `trustsEveryone`: whether TRUST_PROXY names addresses that cannot be a proxy's.
 */
export function judgeForgery(seen: Seen, forged: ServerView, trustsEveryone: boolean): Finding[] {
  const passedOn = isProxied(seen)
    ? [
        ...(forged.host === FORGED_HOST ? [believed('X-Forwarded-Host', '$http_host', 'the host')] : []),
        ...(forged.scheme === seen.view.scheme
          ? []
          : [believed('X-Forwarded-Proto', '$scheme', 'the scheme')]),
      ]
    : [];
  const found = [...judgeAddress(seen, forged, trustsEveryone), ...passedOn];
  return found.length > 0
    ? found
    : [ok('forged_headers', 'The server believes no X-Forwarded-* header of a client.')];
}

function judgeAddress(seen: Seen, forged: ServerView, trustsEveryone: boolean): Finding[] {
  if (forged.address !== FORGED_ADDRESS) return [];
  const { view, trustsProxy } = seen;
  const isDirect = !isProxied(seen);
  if (!isDirect && listed(forged.forwarded.for).length === 1)
    return [believed('X-Forwarded-For', '$remote_addr', 'the address')];
  // The server skipped the address of this machine as that of a trusted proxy.
  const own = plain(isDirect ? view.peer.address : view.address);
  if (!trustsEveryone && trustsProxy(own))
    return [
      warning(
        'forged_headers',
        `X-Forwarded-For could not be checked from here, because TRUST_PROXY names ${own}, the address of this machine.`,
        'Run wc-auth doctor on a machine that is not in TRUST_PROXY.',
      ),
    ];
  return [
    problem(
      'forged_headers',
      `TRUST_PROXY is too wide: it names ${own}, which is a client. Clients can choose the address that the server sees.`,
      `TRUST_PROXY=${isDirect ? '' : plain(view.peer.address)}`,
    ),
  ];
}

const believed = (header: string, value: string, what: string): Finding =>
  problem(
    'forged_headers',
    `The proxy passes on ${header} from clients, so a client can choose ${what} that the server sees.`,
    `proxy_set_header ${header} ${value};`,
  );
