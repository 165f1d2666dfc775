import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createApp } from './app';
import { CONNECTION_LIMITS, limitConnections } from './connection-limits';
import type { Config } from './config';
import { createLogger } from './logging/logger';
import { openStore } from './open-store';
import { metricsEndpoint } from './operations/metrics-endpoint';
import { placeOf } from './storage/drivers';
import { exposureWarnings } from './storage/exposed-files';
import { containerRisks } from './storage/lost-with-container';
import { INIT_COMMAND } from './storage/no-store';
import { packageVersion } from './version';

/** A server that accepts requests. */
export interface RunningServer {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly addresses: readonly string[];
  /** Where Prometheus reads. `undefined` if metrics are off. */
  readonly metricsAddress: string | undefined;
  /**
   * Stops gracefully. `/readyz` answers 503 at once. After `config.stop.delayMs` the server accepts
   * no more connections, and requests in progress may take `config.stop.deadlineMs` more. Then it
   * cuts off the rest.
   */
  stop(): Promise<void>;
}

// For HTTP/1.0, curl 7.88 and PHP's curl offer only `http/1.0`, and Node's default list would end
// such a handshake.
const ALPNProtocols = ['http/1.1', 'http/1.0'];

/**
 * Opens the store, migrates its schema, and starts to listen. Resolves when the server accepts
 * requests.
 */
export async function serve(config: Config): Promise<RunningServer> {
  const log = createLogger(config);
  const store = await openStore(config);
  const { database, announceKeys, migrated } = store;
  if (migrated.length > 0) log.info({ migrated }, 'the schema is up to date');
  for (const warning of [
    ...config.warnings,
    ...exposureWarnings(config.database, store.secretKey.file),
    ...containerRisks(config.database).map(({ problem, fix }) => `${problem} ${fix}`),
  ])
    log.warn(warning);
  const app = createApp({ ...store, config, log });
  const withdrawKeys = await announceKeys();
  await app.janitor.discardUndelivered();
  const janitor = app.janitor.start();

  const metrics = config.metrics && http.createServer(metricsEndpoint(app.metrics));
  if (config.metrics && metrics) await listen(metrics, log, { variable: 'METRICS_PORT', ...config.metrics });
  const metricsAddress = metrics && addressOf(metrics);

  const servers: http.Server[] = [limitConnections(http.createServer(CONNECTION_LIMITS, app.listener))];
  const places: Place[] = [{ variable: 'PORT', host: config.host, port: config.port }];
  if (config.tls) {
    const { cert, key } = config.tls;
    const options = { ...CONNECTION_LIMITS, cert, key, ALPNProtocols };
    servers.push(limitConnections(https.createServer(options, app.listener)));
    places.push({ variable: 'HTTPS_PORT', host: config.host, port: config.tls.port });
  }
  const addresses = await Promise.all(
    servers.map(async (server, index) => {
      const place = places[index];
      if (place) await listen(server, log, place);
      return addressOf(server);
    }),
  );
  log.info(
    {
      version: packageVersion(),
      addresses,
      store: config.storeUrl.href,
      database: placeOf(config.database),
      metrics: metricsAddress,
    },
    `listening, the store is ${config.storeUrl.href}`,
  );
  if (!(await app.users.exist()))
    log.warn(
      `No user exists yet. Create the first administrator with: ${INIT_COMMAND} (in this folder, with the same settings)`,
    );

  return {
    addresses,
    metricsAddress,
    async stop() {
      log.info('stopping; requests in progress may finish');
      app.stopping();
      for (const server of servers) server.prependListener('request', endConnection);
      await wait(config.stop.delayMs);
      janitor.stop();
      await Promise.all(servers.map((server) => close(server, config.stop.deadlineMs)));
      await app.close();
      // If the database is unreachable, the end of the lease has the same effect.
      await withdrawKeys().catch(() => undefined);
      await database.close();
      // The metrics close last, so that the stop can be observed.
      if (metrics) await close(metrics, 0);
      log.info('stopped');
    },
  };
}

/** Where to listen, and the variable that says so. */
interface Place {
  readonly variable: 'PORT' | 'HTTPS_PORT' | 'METRICS_PORT';
  readonly host: string;
  readonly port: number;
}

/** The server cannot listen. The message names the variable to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  constructor({ variable, host, port }: Place, { code }: NodeJS.ErrnoException) {
    const hostVariable = variable === 'METRICS_PORT' ? 'METRICS_HOST' : 'HOST';
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: `${variable}: port ${port} on ${host} is already in use. Stop the process that uses it, or set another port.`,
      EACCES: `${variable}: this user may not listen on port ${port}. Set a port above 1023.`,
      EADDRNOTAVAIL: `${hostVariable}: ${host} is not an address of this machine.`,
      ENOTFOUND: `${hostVariable}: ${host} cannot be resolved.`,
    };
    const reason = reasons[code ?? ''] ?? `${variable}: the server cannot listen on ${host}:${port}.`;
    super(`${reason} (${code ?? 'unknown error'})`);
  }
}

/** @throws ListenError */
function listen(server: http.Server, log: Logger, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      reject(new ListenError(place, error));
    };
    server.once('error', fail);
    server.listen(place.port, place.host, () => {
      // From now on an error concerns one connection. Without a listener it would end the process.
      server.off('error', fail).on('error', (error) => {
        log.error({ err: error }, 'a connection could not be accepted');
      });
      resolve();
    });
  });
}

function addressOf(server: http.Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  const scheme = server instanceof https.Server ? 'https' : 'http';
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Makes the response to this request the last one on its connection. */
function endConnection(_request: unknown, response: http.ServerResponse): void {
  response.shouldKeepAlive = false;
}

const LOOK_FOR_IDLE_MS = 50;

function close(server: http.Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => {
      server.closeAllConnections();
    }, deadlineMs);
    // After a response that was in progress, Node keeps the connection open until its client closes
    // it or sends another request.
    const idle = setInterval(() => {
      server.closeIdleConnections();
    }, LOOK_FOR_IDLE_MS);
    server.close(() => {
      clearTimeout(deadline);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}
