import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { CONNECTION_LIMITS, limitConnections } from '../server/connection-limits';
import { EmulatorError } from './errors';

export interface Listening {
  readonly port: number;
  /** Passes requests on from now. Before that, connections wait. */
  serve(listener: RequestListener): void;
  close(): Promise<void>;
}

/**
 * Listens on `localhost`, with TLS if there is a certificate: at 127.0.0.1 and at ::1, since
 * clients differ in which of the two they try.
 *
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
  // One server cannot listen at two addresses, but it takes the connections of another.
  const second = net.createServer((socket) => void server.emit('connection', socket));
  const close = async () => {
    second.close();
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  try {
    server.listen(port, 'localhost');
    await once(server, 'listening');
    const { address, port: chosen } = server.address() as AddressInfo;
    second.listen(chosen, address === '::1' ? '127.0.0.1' : '::1');
    await once(second, 'listening');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const hasOneAddress = server.listening && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(code);
    if (!hasOneAddress) {
      await close();
      if (port === 0 && code === 'EADDRINUSE') return listening(port, certificate);
      throw cannotListen(port, code);
    }
  }
  return {
    port: (server.address() as AddressInfo).port,
    serve: (listener) => void server.on('request', listener),
    close,
  };
}

function cannotListen(port: number, code: string): EmulatorError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} of localhost is already in use. Stop the process that uses it, or set another port. 0 takes any free port.`,
    EACCES: `This user may not listen on port ${port}. Set a port above 1023.`,
  };
  return new EmulatorError(
    reasons[code] ?? `The store cannot listen on port ${port} of localhost (${code}).`,
  );
}
