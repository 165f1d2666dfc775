import type { Server } from 'node:http';

/** What one connection may cost, in milliseconds and bytes. Node's own limits are in brackets. */
export const CONNECTION_LIMITS = {
  // The five parameters of a grant may come as a form of 16 KiB, and go on as a URL. More is a 431. [16 KiB]
  maxHeaderSize: 64 * 1024,
  // From the connection, or the end of the request before, to the end of the headers. A phone on a bad line needs a few
  // seconds, and who sends a byte now and then to hold the connection is gone soon. [1 minute]
  headersTimeout: 15_000,
  // For a request with its body. Only uploads to the API behind the gateway take long, and only with a right key; all
  // other bodies have BODY_LIMITS. [5 minutes]
  requestTimeout: 600_000,
  // How often both are looked after; until then a connection may outstay its time. [30 seconds]
  connectionsCheckingInterval: 2_000,
  // Longer than the minute for which nginx and balancers keep theirs, so that it is they who close an idle connection
  // and no request meets a closing one. [5 seconds]
  keepAliveTimeout: 65_000,
  // Of TLS. [2 minutes]
  handshakeTimeout: 15_000,
};

/**
 * At most so many at once: at 64 KiB of headers each, memory stays below a gigabyte, and file descriptors are left for the
 * database and for callbacks. [no limit]
 */
const CONNECTIONS_MAX = 12_000;

/**
 * A connection without a byte in either direction: whoever asks and never reads the answer. Longer than a callback may
 * take, or an API behind the gateway. [no limit]
 */
const SILENCE_MAX_MS = 660_000;

/** The limits that a server has no option for. */
export function limitConnections<S extends Server>(server: S): S {
  server.maxConnections = CONNECTIONS_MAX;
  server.timeout = SILENCE_MAX_MS;
  return server;
}
