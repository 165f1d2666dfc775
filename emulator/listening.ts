import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { CONNECTION_LIMITS, limitConnections } from '../server/connection-limits';
import { EmulatorError } from './errors';

export interface Listening {
  readonly port: number;
  /** Passes requests on from now. Before that, connections wait. */
  serve(listener: RequestListener): void;
  close(): Promise<void>;
}

/**
 * Listens on `localhost`, with TLS if there is a certificate.
 * @throws EmulatorError if the port is taken or may not be used
 */
export async function listening(
  port: number,
  certificate: { readonly cert: string; readonly key: string } | undefined,
): Promise<Listening> {
  const server = limitConnections(
    certificate
      ? https.createServer({ ...CONNECTION_LIMITS, ...certificate })
      : http.createServer(CONNECTION_LIMITS),
  );
  server.listen(port, 'localhost');
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: `Port ${port} of localhost is already in use. Stop the process that uses it, or set another port. 0 takes any free port.`,
      EACCES: `This user may not listen on port ${port}. Set a port above 1023.`,
    };
    throw new EmulatorError(
      reasons[code] ?? `The store cannot listen on port ${port} of localhost (${code}).`,
    );
  }
  return {
    port: (server.address() as AddressInfo).port,
    serve: (listener) => void server.on('request', listener),
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
