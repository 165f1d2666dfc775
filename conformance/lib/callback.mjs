// The servers of the app. The running case sets the answer to each path.
import https from 'node:https';
import http from 'node:http';
import { readFileSync } from 'node:fs';

const wait = (ms) => new Promise((r) => setTimeout(r, ms));

export class CallbackServers {
  constructor(cfg) {
    this.cfg = cfg;
    this.programs = new Map();
    this.log = [];
    this.open = new Set();
    this.servers = [];
  }
  async start() {
    const c = this.cfg;
    const tls = (x) => ({ cert: readFileSync(x.cert), key: readFileSync(x.key) });
    // localhost may resolve to IPv4 or IPv6.
    for (const bind of [c.bind ?? ['127.0.0.1', '::1']].flat()) {
      try {
        await this.#listen(https.createServer(tls(c.trusted), this.#handler('trusted')), c.port, bind);
        await this.#listen(
          https.createServer(tls(c.untrusted), this.#handler('untrusted')),
          c.untrustedPort,
          bind,
        );
        await this.#listen(
          https.createServer(tls(c.wrongName), this.#handler('wrongName')),
          c.wrongNamePort,
          bind,
        );
        await this.#listen(http.createServer(this.#handler('plain')), c.plainPort, bind);
      } catch (e) {
        if (bind === '127.0.0.1' || e.code === 'EADDRINUSE') throw e;
      }
    }
  }
  #listen(server, port, bind) {
    server.keepAliveTimeout = 1;
    server.on('connection', (s) => {
      this.open.add(s);
      s.on('close', () => this.open.delete(s));
    });
    server.on('secureConnection', (s) => {
      this.open.add(s);
      s.on('close', () => this.open.delete(s));
    });
    server.on('tlsClientError', () => {});
    this.servers.push(server);
    return new Promise((res, rej) => {
      server.once('error', rej);
      server.listen(port, bind, res);
    });
  }
  #handler(kind) {
    return (req, res) => {
      const chunks = [];
      req.on('data', (d) => chunks.push(d));
      req.on('error', () => {});
      req.on('end', async () => {
        const entry = {
          server: kind,
          method: req.method,
          url: req.url,
          httpVersion: req.httpVersion,
          rawHeaders: req.rawHeaders,
          headers: req.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        };
        this.log.push(entry);
        const p = this.programs.get(req.url.split('?')[0]) ?? { status: 404, body: 'no program' };
        try {
          if (p.before) await p.before(entry);
          if (p.delay) await wait(p.delay);
          if (p.mode === 'hang') return;
          if (p.mode === 'reset') return void req.socket.resetAndDestroy();
          if (p.mode === 'close') return void req.socket.destroy();
          if (p.mode === 'garbage') {
            req.socket.write('hello, this is not HTTP\r\n\r\n');
            return void req.socket.end();
          }
          if (p.mode === 'half') {
            res.writeHead(p.status ?? 200, { 'content-length': 100, ...(p.headers ?? {}) });
            res.write('part');
            await wait(50);
            return void req.socket.destroy();
          }
          res.writeHead(p.status ?? 200, { connection: 'close', ...(p.headers ?? {}) });
          res.end(p.body ?? '');
        } catch (e) {
          entry.failure = String(e);
          try {
            res.destroy();
          } catch {
            /* gone */
          }
        }
      });
    };
  }
  program(path, behavior) {
    this.programs.set(path, behavior);
  }
  received(prefix) {
    return this.log.filter((e) => e.url.startsWith(prefix));
  }
  clear() {
    this.log = [];
    this.programs.clear();
    for (const s of this.open) s.destroy();
    this.open.clear();
  }
  async stop() {
    this.clear();
    await Promise.all(this.servers.map((s) => new Promise((r) => s.close(r))));
  }
}
