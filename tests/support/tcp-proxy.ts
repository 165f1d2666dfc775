import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Where a PostgreSQL server is: `net.connect` takes it so. */
export type Target = { readonly host: string; readonly port: number } | { readonly path: string };

/** The network between a server and its database, which a test can spoil. */
export interface TcpProxy {
  /** The same database by way of this proxy. */
  through(url: string): string;
  /** Everything passes; what was held back arrives. */
  pass(): void;
  /** Ends what is open, as a restart in between does. New connections pass. */
  cut(): void;
  /** Ends what is open, and every new connection at once. */
  refuse(): void;
  /** A black hole: nothing passes either way, on old connections and on new ones, and nobody is told. */
  swallow(): void;
  /**
   * The machine behind is gone without a word: PostgreSQL loses the connections that are open, this side never hears of
   * it. New ones pass.
   */
  loseSilently(): void;
  /** Of the next request with `words` in it, which arrives, the answer is lost, and the connection with it. */
  loseAnswerTo(words: string): void;
  /** How many answers were lost so. */
  answersLost(): number;
  /** Each piece arrives so much later. */
  delay(milliseconds: number): void;
  /** Where new connections go from now on. */
  moveTo(target: Target): void;
  /** How many connections are open. */
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
    refuse() {
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
