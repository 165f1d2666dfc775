import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { createApp } from './app';
import type { Config } from './config';
import { openStore } from './open-store';

/** A server that answers. `stop` lets what is in flight finish, within its deadline. */
export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly addresses: readonly string[];
  stop(): Promise<void>;
}

// The five parameters of a grant may come as a form of 16 KiB, and go on as a URL.
const LIMITS = { maxHeaderSize: 64 * 1024 };

/** Opens the store, brings its schema up to date, and listens. */
export async function serve(config: Config): Promise<RunningServer> {
  const log = pino({ level: config.logLevel });
  const { database, secretKey, migrated } = await openStore(config);
  if (migrated.length > 0) log.info({ migrated }, 'the schema is up to date');
  const app = createApp({ config, database, secretKey, log });
  await app.janitor.discardUndelivered();
  const janitor = app.janitor.start();

  const servers: http.Server[] = [http.createServer(LIMITS, app.listener)];
  const ports = [config.port];
  if (config.tls) {
    servers.push(https.createServer({ ...LIMITS, cert: config.tls.cert, key: config.tls.key }, app.listener));
    ports.push(config.tls.port);
  }
  const addresses = await Promise.all(
    servers.map(async (server, index) => {
      await listen(server, ports[index] ?? 0, config.host);
      return addressOf(server);
    }),
  );
  log.info({ addresses, store: config.storeUrl.href }, `listening, the store is ${config.storeUrl.href}`);
  if (!(await app.users.exist()))
    log.warn(
      'No user exists yet. Make the first manager with: npx wc-auth users add LOGIN --email E --role administrator',
    );

  return {
    addresses,
    async stop() {
      log.info('stopping; what is in flight may finish');
      janitor.stop();
      // A callback in flight is the longest that a request takes.
      await Promise.all(servers.map((server) => close(server, config.callback.timeoutMs + 5_000)));
      await app.close();
      await database.close();
      log.info('stopped');
    },
  };
}

function listen(server: http.Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

function addressOf(server: http.Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  const scheme = server instanceof https.Server ? 'https' : 'http';
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function close(server: http.Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => {
      server.closeAllConnections();
    }, deadlineMs);
    server.close(() => {
      clearTimeout(deadline);
      resolve();
    });
    server.closeIdleConnections();
  });
}
