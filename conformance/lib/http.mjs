// A small HTTP client that sends each request target byte for byte as the case has it.
import http from 'node:http';
import https from 'node:https';
import { readFileSync } from 'node:fs';

export class Jar {
  constructor() {
    this.cookies = new Map();
  }
  store(path, setCookies) {
    for (const line of setCookies ?? []) {
      const [pair, ...attrs] = line.split(';').map((s) => s.trim());
      const eq = pair.indexOf('=');
      const name = pair.slice(0, eq);
      const a = Object.fromEntries(
        attrs.map((s) => {
          const i = s.indexOf('=');
          return i < 0 ? [s.toLowerCase(), true] : [s.slice(0, i).toLowerCase(), s.slice(i + 1)];
        }),
      );
      const cookie = {
        name,
        value: pair.slice(eq + 1),
        path: a.path || '/',
        secure: !!a.secure,
        httpOnly: !!a.httponly,
        sameSite: a.samesite,
      };
      const gone =
        (a['max-age'] !== undefined && Number(a['max-age']) <= 0) ||
        (a.expires && Date.parse(a.expires) < Date.now());
      const k = `${name}|${cookie.path}`;
      if (gone) this.cookies.delete(k);
      else this.cookies.set(k, cookie);
    }
  }
  header(path, secure) {
    const p = path.split('?')[0];
    const out = [];
    for (const c of this.cookies.values()) {
      if (c.secure && !secure) continue;
      const base = c.path.endsWith('/') ? c.path : c.path + '/';
      if (p === c.path || p.startsWith(base) || c.path === '/') out.push(`${c.name}=${c.value}`);
    }
    return out.join('; ');
  }
  clone() {
    const j = new Jar();
    j.cookies = new Map(this.cookies);
    return j;
  }
}

const splitUrl = (url) => {
  const m = /^(https?):\/\/([^/?#]*)([^#]*)/i.exec(url);
  if (!m) throw new Error(`not an http(s) URL: ${url}`);
  let path = m[3] || '/';
  if (path.startsWith('?')) path = '/' + path;
  return { scheme: m[1].toLowerCase(), authority: m[2], path };
};

export class Client {
  constructor(target) {
    this.target = target;
    this.ca = readFileSync(target.ca);
    this.agents = {
      http: new http.Agent({ keepAlive: true }),
      https: new https.Agent({ keepAlive: true, ca: this.ca }),
    };
  }
  base(name) {
    return name === 'http' ? this.target.httpBase : this.target.httpsBase;
  }
  // Takes an absolute `url`, or `base` ('https' or 'http') and `path`.
  send({ method = 'GET', url, base = 'https', path, headers = {}, body, jar, timeout = 90000, signal }) {
    const full = url ?? this.base(base) + path;
    const u = splitUrl(full);
    const [hostname, port] = u.authority.replace(/^.*@/, '').split(/:(?=\d+$)/);
    const h = { host: u.authority, 'user-agent': 'conformance-runner', accept: '*/*', ...headers };
    if (jar) {
      const c = jar.header(u.path, u.scheme === 'https');
      if (c) h.cookie = c;
    }
    let payload;
    if (body !== undefined) {
      payload = Buffer.from(body);
      if (!h['transfer-encoding']) h['content-length'] = payload.length;
    }
    for (const k of Object.keys(h)) if (h[k] === null) delete h[k];
    const mod = u.scheme === 'https' ? https : http;
    return new Promise((resolve, reject) => {
      const req = mod.request(
        {
          agent: this.agents[u.scheme],
          method,
          host: this.target.connect ?? hostname,
          servername: hostname,
          port: port ?? (u.scheme === 'https' ? 443 : 80),
          path: u.path,
          headers: h,
          ca: this.ca,
          setHost: false,
          signal,
        },
        (res) => {
          const chunks = [];
          res.on('data', (c) => chunks.push(c));
          res.on('end', () => {
            if (jar) jar.store(u.path, res.headers['set-cookie']);
            resolve({
              url: full,
              status: res.statusCode,
              headers: res.headers,
              rawHeaders: res.rawHeaders,
              body: Buffer.concat(chunks).toString('utf8'),
            });
          });
          res.on('error', reject);
        },
      );
      req.setTimeout(timeout, () => req.destroy(new Error('client timeout')));
      req.on('error', reject);
      req.end(payload);
    });
  }
  close() {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }
}

export const resolveUrl = (from, to) => {
  if (/^[a-z][a-z0-9+.-]*:/i.test(to)) return to;
  const u = splitUrl(from);
  const origin = `${u.scheme}://${u.authority}`;
  if (to.startsWith('//')) return `${u.scheme}:${to}`;
  if (to.startsWith('/')) return origin + to;
  if (to === '' || to.startsWith('#')) return origin + u.path;
  if (to.startsWith('?')) return origin + u.path.split('?')[0] + to;
  return origin + u.path.split('?')[0].replace(/[^/]*$/, '') + to;
};
