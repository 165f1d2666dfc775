/** The API behind the gateway: a small JSON answer. */
import http from 'node:http';

const body = JSON.stringify([{ id: 1, name: 'Cup', price: '9.50' }]);
http
  .createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
  })
  .listen(Number(process.env['PORT']), '127.0.0.1');
