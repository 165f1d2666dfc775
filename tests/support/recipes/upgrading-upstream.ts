import type { Duplex } from 'node:stream';
import { startUpstream, type TestUpstream } from '../scenes/rest-scene';

export interface UpgradingUpstream extends TestUpstream {
  /**
   * The targets of the requests that asked for another protocol, then all data that came through
   * each tunnel.
   */
  readonly upgrades: string[];
  forget(): void;
}

/**
 * Starts an upstream that grants every upgrade (RFC 9110 section 7.8) and answers whatever then
 * comes through the tunnel, as an API with WebSockets or h2c would.
 */
export async function startUpgradingUpstream(): Promise<UpgradingUpstream> {
  const upstream = await startUpstream();
  const upgrades: string[] = [];
  const tunnels = new Set<Duplex>();
  upstream.server.on('upgrade', (request, socket: Duplex) => {
    tunnels.add(socket);
    upgrades.push(request.url ?? '');
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      upgrades.push(bytes.toString('latin1'));
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntunnelled');
    });
    const protocol = request.headers.upgrade ?? '';
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
  });
  return {
    ...upstream,
    upgrades,
    forget() {
      upgrades.length = 0;
      upstream.requests.length = 0;
    },
    close() {
      for (const socket of tunnels) socket.destroy();
      return upstream.close();
    },
  };
}
