/** The gateway's proxy library, set up as the gateway has it, without verification. */
import http from 'node:http';
import { createProxyServer } from 'http-proxy-3';

const agent = new http.Agent({ keepAlive: true });
const proxy = createProxyServer({ changeOrigin: true, agent, proxyTimeout: 120_000, xfwd: false });
const target = process.env['UPSTREAM_URL'] ?? '';
http
  .createServer((request, response) => {
    proxy.web(request, response, { target }, () => response.writeHead(502).end());
  })
  .listen(Number(process.env['PORT']), '127.0.0.1');
