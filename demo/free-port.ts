import { once } from 'node:events';
import { createServer } from 'node:net';

const HIGHEST = 65_535;

/**
 * Returns a function that picks a port: the preferred one, or the next that is free and was not
 * picked before.
 */
export function portPicker(): (preferred: number) => Promise<number> {
  const taken = new Set<number>();
  return async (preferred) => {
    for (let port = preferred; port <= HIGHEST; port += 1) {
      if (taken.has(port)) continue;
      // Before the wait, so that a second call does not pick it too.
      taken.add(port);
      if (await isFree(port)) return port;
    }
    throw new Error(`No port from ${preferred} to ${HIGHEST} is free.`);
  };
}

/** Checks both loopback addresses, because a browser may use either for `localhost`. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'));
}

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    // On a machine without IPv6, the port counts as free there.
    return ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
  server.close();
  await once(server, 'close');
  return true;
}
