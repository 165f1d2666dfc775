import { once } from 'node:events';
import { createServer } from 'node:net';

const HIGHEST = 65_535;

/** Hands out ports: the wished one, or the next above it that is free and was not handed out before. */
export function portPicker(): (wished: number) => Promise<number> {
  const taken = new Set<number>();
  return async (wished) => {
    for (let port = wished; port <= HIGHEST; port += 1) {
      if (taken.has(port) || !(await isFree(port))) continue;
      taken.add(port);
      return port;
    }
    throw new Error(`No port from ${wished} on is free.`);
  };
}

/** On both loopback addresses: a browser may take `localhost` for either. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'));
}

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    // A machine without IPv6 has nobody listening there.
    return ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
  server.close();
  await once(server, 'close');
  return true;
}
