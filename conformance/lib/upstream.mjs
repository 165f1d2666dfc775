// The API behind the server under test. It answers each request with 200 and JSON, and records it.
// It records requests for an index separately, because the server may send one at any time.
import http from 'node:http';

// Whether a request target means the index of the API or of a WooCommerce namespace, however it is written.
export const isIndex = (target) => {
  const [path, query = ''] = target.split('?');
  const bare = '/' + path.replace(/^\/+/, '').replace(/^index\.php(?=\/|$)\/*/, '');
  const route =
    bare === '/'
      ? query
          .split('&')
          .find((p) => p.startsWith('rest_route='))
          ?.slice(11)
      : /^\/wp-json(?=\/|$)(.*)$/.exec(bare)?.[1];
  return route !== undefined && /^(\/wc\/v[123])?\/?$/i.test(route.replace(/%2f/gi, '/'));
};

const ROUTES = {
  '/': '',
  '/wc/v1': 'wc/v1',
  '/wc/v1/orders': 'wc/v1',
  '/wc/v2': 'wc/v2',
  '/wc/v2/orders': 'wc/v2',
  '/wc/v3': 'wc/v3',
  '/wc/v3/orders': 'wc/v3',
  '/wc/v3/products': 'wc/v3',
  '/acme/v1': 'acme/v1',
  '/acme/v1/things': 'acme/v1',
};
const indexOf = (path) => {
  const namespace = /\/(wc\/v[123])\/?$/.exec(path)?.[1];
  const routes = Object.fromEntries(
    Object.entries(ROUTES)
      .filter(([, n]) => !namespace || n === namespace)
      .map(([r, n]) => [
        r,
        { namespace: n, methods: ['GET', 'POST'], endpoints: [{ methods: ['GET', 'POST'], args: {} }] },
      ]),
  );
  return namespace
    ? { namespace, routes, _links: {} }
    : {
        name: 'The API',
        description: '',
        url: 'http://upstream.test',
        home: 'http://upstream.test',
        namespaces: ['wc/v1', 'wc/v2', 'wc/v3', 'acme/v1'],
        authentication: {},
        routes,
        _links: {},
      };
};

export class Upstream {
  constructor(cfg) {
    this.cfg = cfg;
    this.hits = [];
    this.indexHits = [];
    this.servers = [];
  }
  async start() {
    if (!this.cfg) return;
    for (const host of ['127.0.0.1', '::1']) {
      const s = http.createServer((req, res) => {
        const chunks = [];
        req.on('data', (d) => chunks.push(d));
        req.on('error', () => {});
        req.on('end', () => {
          const index = (req.method === 'GET' || req.method === 'HEAD') && isIndex(req.url);
          (index ? this.indexHits : this.hits).push({
            method: req.method,
            url: req.url,
            headers: req.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          });
          const body = JSON.stringify(index ? indexOf(req.url.split('?')[0]) : { id: 1, upstream: true });
          res.writeHead(200, {
            'content-type': 'application/json; charset=UTF-8',
            'content-length': Buffer.byteLength(body),
            'X-WP-Total': '1',
            'X-WP-TotalPages': '1',
            'Access-Control-Allow-Origin': 'https://api.example',
          });
          res.end(req.method === 'HEAD' ? undefined : body);
        });
      });
      try {
        await new Promise((ok, no) => {
          s.once('error', no);
          s.listen(this.cfg.port, host, ok);
        });
        this.servers.push(s);
      } catch (e) {
        if (host === '127.0.0.1') throw e;
      }
    }
  }
  get last() {
    return this.hits.at(-1);
  }
  async stop() {
    for (const s of this.servers) s.closeAllConnections();
    await Promise.all(this.servers.map((s) => new Promise((r) => s.close(r))));
  }
}
