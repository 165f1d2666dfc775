import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** The address of a PostgreSQL server, as `net.connect` takes it. */
export type Target = { readonly host: string; readonly port: number } | { readonly path: string };

/** A network between a server and its database, which a test can disturb. */
export interface TcpProxy {
  /** The URL of the same database through this proxy. */
  through(url: string): string;
  /** Lets everything pass and delivers what was held back. */
  pass(): void;
  /** Ends the open connections, as a restart does. New connections pass. */
  cut(): void;
  /** Ends the open connections, and every new one at once. */
  refuseConnections(): void;
  /** Drops all data in both directions on old and new connections, without closing them. */
  swallow(): void;
  /**
   * Simulates a machine that disappears: PostgreSQL loses the open connections, and this side is
   * not notified. New connections pass.
   */
  loseSilently(): void;
  /** Delivers the next request with `words` in it, then loses its answer and the connection. */
  loseAnswerTo(words: string): void;
  /** Returns how many answers were lost this way. */
  answersLost(): number;
  /** Delays each piece. */
  delay(milliseconds: number): void;
  /** Sets the target of new connections. */
  moveTo(target: Target): void;
  /** Returns the number of open connections. */
  open(): number;
  stop(): Promise<void>;
}

export async function tcpProxy(first: Target): Promise<TcpProxy> {
  let target = first;
  let refusing = false;
  let swallowing = false;
  let delayMs = 0;
  let doomed: string | undefined;
  let answersLost = 0;
  const pairs = new Set<readonly [Socket, Socket]>();

  function forward(from: Socket, to: Socket): void {
    from.on('data', (piece: Buffer) => {
      if (doomed !== undefined && piece.includes(doomed)) {
        doomed = undefined;
        to.removeAllListeners('data').once('data', () => {
          answersLost += 1;
          to.destroy();
        });
      }
      if (delayMs === 0) to.write(piece);
      else void wait(delayMs).then(() => to.write(piece));
    });
    from.on('error', () => undefined);
    from.on('close', () => void to.destroy());
  }

  const server = createServer((near) => {
    near.on('error', () => undefined);
    if (refusing) {
      near.resetAndDestroy();
      return;
    }
    const far = createConnection(target);
    const pair = [near, far] as const;
    pairs.add(pair);
    near.on('close', () => pairs.delete(pair));
    forward(near, far);
    forward(far, near);
    if (swallowing) for (const socket of pair) socket.pause();
  });
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    through(url) {
      const moved = new URL(url);
      moved.host = `127.0.0.1:${port}`;
      return moved.href.replaceAll('+', '%20');
    },
    pass() {
      refusing = swallowing = false;
      delayMs = 0;
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    cut,
    refuseConnections() {
      refusing = true;
      cut();
    },
    swallow() {
      swallowing = true;
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    loseSilently() {
      for (const [near, far] of pairs) {
        near.removeAllListeners('data').pause();
        far.removeAllListeners('close').destroy();
      }
    },
    loseAnswerTo(words) {
      doomed = words;
    },
    answersLost: () => answersLost,
    delay(milliseconds) {
      delayMs = milliseconds;
    },
    moveTo(next) {
      target = next;
    },
    open: () => pairs.size,
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
