// Runs api.mjs on Node. A framework with the Fetch API does not need this file.
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { handle } from './api.mjs';

const server = createServer(async (request, response) => {
  const { method = 'GET', headers, url } = request;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const answer = await handle(
    new Request(`http://${headers.host}${url}`, {
      method,
      headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
      ...(hasBody ? { body: Readable.toWeb(request), duplex: 'half' } : {}),
    }),
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
});
// On loopback only: wc-auth-server is the way in, and its X-WC-… headers can be trusted here.
server.listen(Number(process.env.API_PORT ?? 3000), '127.0.0.1', () => console.log('The API is ready'));
process.on('SIGTERM', () => server.close());
