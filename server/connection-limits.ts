import type { Server } from 'node:http';

/** The limits on one connection, in milliseconds and bytes. Node's defaults are in brackets. */
export const CONNECTION_LIMITS = {
  // The parameters of a grant may arrive as a form of 16 KiB, and then become a URL. Larger headers
  // get 431. [16 KiB]
  maxHeaderSize: 64 * 1024,
  // The time from the connection, or the end of the previous request, to the end of the headers. A
  // phone with a bad connection needs a few seconds. A client that sends a byte now and then to
  // hold the connection is cut off soon. [1 minute]
  headersTimeout: 15_000,
  // The time for a request with its body. Only uploads to the API behind the gateway take long, and
  // they need a right key. All other bodies are limited by BODY_WITHIN_MS. [5 minutes]
  requestTimeout: 600_000,
  // How often the two limits above are checked. A connection may exceed them by this time. [30
  // seconds]
  connectionsCheckingInterval: 2_000,
  // Longer than the minute for which nginx and load balancers keep a connection. So they close idle
  // connections, not this server, and send no request on a closing one. [5 seconds]
  keepAliveTimeout: 65_000,
  // The TLS handshake. [2 minutes]
  handshakeTimeout: 15_000,
};

/**
 * The most connections at once. With 64 KiB of headers each, memory stays below a gigabyte. File
 * descriptors are left for the database and for callbacks. [no limit]
 */
const CONNECTIONS_MAX = 12_000;

/**
 * How long a connection may be silent in both directions, as with a client that never reads the
 * response. Longer than a callback or an API behind the gateway may take. [no limit]
 */
const SILENCE_MAX_MS = 660_000;

/** Applies the limits for which `createServer` has no option, and returns the server. */
export function limitConnections<S extends Server>(server: S): S {
  server.maxConnections = CONNECTIONS_MAX;
  server.timeout = SILENCE_MAX_MS;
  return server;
}
