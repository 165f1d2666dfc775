/** A node:http server that does nothing: the lower bound. */
import http from 'node:http';

http
  .createServer((_request, response) => void response.writeHead(200).end())
  .listen(Number(process.env['PORT']), '127.0.0.1');
