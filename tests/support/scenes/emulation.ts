import { once } from 'node:events';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { startEmulation, type Emulation } from '../../../emulator/command/emulation';
import { jsonReport, textReport } from '../../../emulator/command/report';
import type { EmulateOptions } from '../../../server/cli/emulate-options';

export interface ControlAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each test knows its answer
  readonly json: () => any;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A store of the command that runs in this process, with what it printed. */
export interface EmulationScene extends Emulation {
  readonly lines: readonly string[];
  /** Sends a request to the control API with the token, such as `call('GET', '/state')`. */
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<ControlAnswer>;
}

/** Starts the store of `wc-auth emulate` in this process, on a free port. */
export async function emulationScene(options: Partial<EmulateOptions> = {}): Promise<EmulationScene> {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const report = options.json ? jsonReport(print) : textReport(print);
  const emulation = await startEmulation({ port: 0, ...options }, report);
  const { store, token } = emulation;
  return {
    ...emulation,
    lines,
    async call(method, path, { body, headers = {} } = {}) {
      const content = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
      const request = https.request(`${store.url}/_emulator${path}`, {
        method,
        agent: store.agent,
        // Also with another Host header.
        servername: 'localhost',
        headers: {
          Authorization: `Bearer ${token}`,
          ...(content === undefined
            ? {}
            : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(content) }),
          ...headers,
        },
      });
      request.end(content);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const answered = await text(response);
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: answered,
        json: () => JSON.parse(answered) as unknown,
      };
    },
  };
}
