/** The server died before it answered. */
export class CutOff extends Error {
  override readonly name = 'CutOff';
}

const CONNECTION_LOST = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE'];

/** The errors that a client gets from a server that dies. */
export const isConnectionLost = (error: unknown): boolean =>
  CONNECTION_LOST.includes(String((error as { code?: unknown } | null)?.code));
