import type { ServerResponse } from 'node:http';

/** An answer that is about to be sent. `body` is `undefined` if it is not a text. */
export interface PendingAnswer {
  readonly status: number;
  readonly body: string | undefined;
}

/**
 * Calls `look` once, before anything of the answer is sent. What it returns is sent instead, as
 * JSON.
 */
export function beforeAnswer(
  response: ServerResponse,
  look: (answer: PendingAnswer) => { readonly status: number; readonly json: unknown } | undefined,
): void {
  const send = response.end.bind(response) as unknown as (...parts: unknown[]) => ServerResponse;
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (status: number, ...rest: unknown[]) => {
    response.statusCode = status;
    const headers = rest.find((value) => typeof value === 'object') as Record<string, string> | undefined;
    for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
    return response;
  };
  response.end = ((...parts: unknown[]) => {
    response.writeHead = writeHead;
    response.end = send;
    const [body] = parts;
    const text = Buffer.isBuffer(body) ? body.toString('utf8') : body;
    const other = look({ status: response.statusCode, body: typeof text === 'string' ? text : undefined });
    if (!other) return send(...parts);
    const json = JSON.stringify(other.json);
    response.statusCode = other.status;
    response.setHeader('Content-Type', 'application/json; charset=UTF-8');
    response.setHeader('Content-Length', Buffer.byteLength(json));
    return send(json);
  }) as typeof response.end;
}
