// What a case may use: requests, facts of pages, sessions, the app's callback, keys, REST calls, OAuth.
import { createHash, createHmac } from 'node:crypto';
import { Client, Jar, resolveUrl } from './http.mjs';
import { read } from './html.mjs';
import { makeNormalizer } from './normalize.mjs';
import * as oauth from './oauth.mjs';
import { isIndex } from './upstream.mjs';

export class Toolkit {
  constructor(target, hook, callbacks, upstream) {
    this.upstream = upstream;
    this.target = target;
    this.hookLink = hook;
    this.callbacks = callbacks;
    this.client = new Client(target);
    this.norm = makeNormalizer(target);
    this.jars = new Map();
    this.oauthLib = oauth;
    this.Jar = Jar;
  }
  begin(id) {
    this.caseId = id;
    this.cbCount = 0;
    this.tempUsers = [];
    this.callbacks.clear();
  }
  hook(name, args) {
    return this.hookLink.call(name, args);
  }
  wait(ms) {
    return new Promise((r) => setTimeout(r, ms));
  }
  // Resolves shortly after a new second begins.
  async tick() {
    await this.wait(1000 - (Date.now() % 1000) + 15);
    return oauth.now();
  }
  send(o) {
    return this.client.send(o);
  }

  // ----- pages -----
  page(res) {
    const type = res.headers['content-type'] ?? null;
    const loc = res.headers.location;
    const out = { status: res.status, type };
    if (loc !== undefined) out.location = this.norm.url(loc);
    const isHtml = /html/.test(type ?? '');
    const doc = isHtml ? read(res.body) : null;
    out.doc = doc;
    const approve = doc?.controls['wc-auth-approve'];
    out.kind =
      loc !== undefined && res.status >= 300 && res.status < 400
        ? 'redirect'
        : res.status >= 400 && doc?.error
          ? 'error'
          : approve
            ? 'grant'
            : doc?.loginForm
              ? 'login'
              : doc?.error
                ? 'error'
                : res.body.trim() === ''
                  ? 'empty'
                  : 'other';
    // A return page, for apps with their own scheme, has the facts of a redirect to its link.
    const back = res.status === 200 ? doc?.returnLink : undefined;
    if (back !== undefined && !/^https?:/i.test(back))
      Object.assign(out, { status: 302, kind: 'redirect', location: this.norm.url(back) });
    if (doc?.error) out.error = this.norm.text(doc.error);
    if (doc?.alerts.length) out['~alerts'] = doc.alerts.map(this.norm.text);
    if (/json/.test(type ?? ''))
      try {
        const j = JSON.parse(res.body);
        if (/Error:/.test(j.message)) {
          out.kind = 'error';
          out.error = this.norm.text(j.message);
          out.json = this.norm.deep(j);
        }
      } catch {
        /* not JSON after all */
      }
    if (doc) {
      out['~title'] = doc.title;
      out['~headings'] = doc.headings.map(this.norm.text);
      if (out.kind !== 'redirect') out['~lines'] = doc.lines.slice(0, 40).map(this.norm.text);
    } else if (res.body) out['~body'] = this.norm.text(res.body.slice(0, 500));
    if (out.kind === 'login') {
      const f = doc.loginForm;
      out.login = {
        method: f.method,
        cancel: this.norm.url(
          doc.links.find((l) => /success=0/.test(l.href))?.href ?? doc.controls['wc-auth-deny']?.href,
        ),
      };
      out['~links'] = doc.links.map((l) => this.norm.text(l.href));
      out['~fields'] = f.fields.map((x) => `${x.type}:${x.name ?? ''}`);
      const r = f.fields.find((x) => x.name === 'redirect');
      if (r) out['~redirectField'] = this.norm.text(r.value);
    }
    if (approve) {
      const ctl = (c) =>
        c &&
        (c.via === 'link'
          ? { url: this.norm.url(c.href) }
          : { url: this.norm.url(c.formaction ?? c.form?.action) });
      const d = doc.controls['wc-auth-deny'];
      out.grant = {
        deny: d ? ctl(d).url : null,
        '~approveVia': approve.via === 'form' ? (approve.form?.method ?? 'form') : 'link',
        '~approve': ctl(approve).url,
      };
      const lo = doc.controls['wc-auth-logout'];
      if (lo) out.grant['~logout'] = ctl(lo).url;
    }
    return out;
  }
  // Returns the page's facts without the parsed document.
  facts(res) {
    const { doc, ...rest } = this.page(res);
    return rest;
  }

  // ----- wc-auth -----
  encode(params) {
    if (typeof params === 'string') return params;
    const list = Array.isArray(params) ? params : Object.entries(params);
    return list
      .filter(([, v]) => v !== undefined)
      .flatMap(([k, v]) => (Array.isArray(v) ? v.map((x) => [`${k}[]`, x]) : [[k, v]]))
      .map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`)
      .join('&');
  }
  defaults(over = {}) {
    return {
      app_name: 'Corpus App',
      user_id: '42',
      return_url: 'https://app.example/return',
      callback_url: `https://${this.target.callback.host}:${this.target.callback.port}/cb/default`,
      scope: 'read_write',
      ...over,
    };
  }
  authPath(route, params) {
    return `/wc-auth/v1/${route}?${this.encode(params)}`;
  }

  async jar(who) {
    if (!who) return new Jar();
    if (!this.jars.has(who)) this.jars.set(who, await this.freshLogin(who));
    return this.jars.get(who);
  }
  async freshLogin(who, params) {
    const jar = new Jar();
    const user = typeof who === 'string' ? this.target[who] : who;
    const start = await this.send({ path: this.authPath('login', params ?? this.defaults()), jar });
    const done = await this.submitLogin(start, jar, user.username, user.password);
    if (done.status < 300 || done.status > 399)
      throw new Error(`login of ${user.username} answered ${done.status}: ${this.page(done).error}`);
    return jar;
  }
  // Fills in and submits the form with the password field as a browser does.
  submitLogin(res, jar, username, password, tweak = {}) {
    const f = this.page(res).doc.loginForm;
    if (!f) throw new Error('no login form on the page');
    const pairs = [];
    for (const x of f.fields) {
      if (!x.name && x.type !== 'password') continue;
      let v = x.value;
      if (x.type === 'password') v = password;
      else if (['text', 'email'].includes(x.type)) v = username;
      if (['checkbox', 'radio'].includes(x.type)) continue;
      if (x.name in tweak) v = tweak[x.name];
      if (v === undefined) continue;
      pairs.push([x.name, v]);
    }
    const action = f.action ? resolveUrl(res.url, f.action) : res.url;
    const body = pairs.map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`).join('&');
    return this.send({
      method: f.method === 'GET' ? 'GET' : 'POST',
      url: action,
      jar,
      body,
      headers: this.#form(res.url),
    });
  }
  // Uses a control (approve or deny): follows its link or submits its form.
  // `tweak.nonce` maps [name, value] of the nonce to another pair, or to nothing.
  press(res, ctl, jar, tweak = {}) {
    const inQuery = (u) =>
      tweak.nonce
        ? u.replace(/([?&])(wc_auth_nonce|[^=&#?]*(?:nonce|csrf)[^=&#?]*)=([^&#]*)/i, (m, sep, n, v) => {
            const x = tweak.nonce([n, v]);
            return x ? `${sep}${x[0]}=${x[1]}` : sep === '?' ? '?' : '';
          })
        : u;
    if (ctl.via === 'link') {
      const url = inQuery(resolveUrl(res.url, ctl.href));
      return this.send({
        method: tweak.method ?? 'GET',
        url,
        jar,
        body: tweak.body,
        headers: tweak.headers ?? {},
        signal: tweak.signal,
      });
    }
    const sent = (x) =>
      x.name &&
      (x.type !== 'submit' || (x.name === ctl.name && (ctl.value ?? '') === x.value)) &&
      (!['checkbox', 'radio'].includes(x.type) || x.checked) &&
      x.type !== 'button' &&
      x.type !== 'reset';
    const pairs = ctl.form.fields
      .filter(sent)
      .map((x) =>
        tweak.nonce && /nonce|csrf/i.test(x.name) ? tweak.nonce([x.name, x.value]) : [x.name, x.value],
      )
      .filter(Boolean);
    const action = inQuery(resolveUrl(res.url, ctl.formaction ?? ctl.form.action ?? res.url));
    const enc = pairs.map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`).join('&');
    const method = tweak.method ?? ctl.form.method;
    return method === 'GET' || method === 'HEAD'
      ? this.send({ method, url: action + (action.includes('?') ? '&' : '?') + enc, jar })
      : this.send({
          method,
          url: action,
          jar,
          body: enc,
          headers: this.#form(res.url),
          signal: tweak.signal,
        });
  }
  // The headers that a browser adds to a form post.
  #form(from) {
    return {
      'content-type': 'application/x-www-form-urlencoded',
      referer: from,
      origin: /^https?:\/\/[^/?#]*/i.exec(from)[0],
    };
  }
  // Returns what a control sends: its address without the query, and all pairs of query and form.
  parts(res, ctl) {
    const url = resolveUrl(
      res.url,
      ctl.via === 'link' ? ctl.href : (ctl.formaction ?? ctl.form.action ?? res.url),
    );
    const un = (x) => decodeURIComponent(x.replace(/\+/g, ' '));
    const i = url.indexOf('?');
    const pairs =
      i < 0
        ? []
        : url
            .slice(i + 1)
            .split('#')[0]
            .split('&')
            .filter(Boolean)
            .map((x) => {
              const e = x.indexOf('=');
              return e < 0 ? [un(x), ''] : [un(x.slice(0, e)), un(x.slice(e + 1))];
            });
    if (ctl.via !== 'link')
      for (const x of ctl.form.fields)
        if (
          x.name &&
          (x.type !== 'submit' || x.name === ctl.name) &&
          (!['checkbox', 'radio'].includes(x.type) || x.checked)
        )
          pairs.push([x.name, x.value]);
    return { url: i < 0 ? url : url.slice(0, i), pairs };
  }
  isNonce(name) {
    return /nonce|csrf/i.test(name);
  }
  post(res, url, pairs, jar) {
    return this.send({ method: 'POST', url, jar, body: this.encode(pairs), headers: this.#form(res.url) });
  }
  // Returns where Deny leads: its link, or the redirect after its form.
  async deny(res, jar) {
    const ctl = this.page(res).doc.controls['wc-auth-deny'];
    if (!ctl) return null;
    if (ctl.via === 'link') return this.norm.url(ctl.href);
    const r = await this.press(res, ctl, jar);
    const { kind, location, status } = this.page(r);
    return kind === 'redirect' ? location : { status };
  }
  // Sets options of the server, if the hook can (README.md). Otherwise the server was started with them.
  async setup(options) {
    if (this.target.hook?.options) await this.hook('options', options);
  }
  cb(behavior = { status: 200, body: 'ok' }, tail = '') {
    const path = `/cb/${createHash('sha1').update(this.caseId).digest('hex').slice(0, 8)}-${this.cbCount++}`;
    this.callbacks.program(path, behavior);
    const c = this.target.callback;
    return {
      path,
      url: `https://${c.host}:${c.port}${path}${tail}`,
      at: (port, scheme = 'https', host = c.host) => `${scheme}://${host}:${port}${path}${tail}`,
      received: () => this.callbacks.received(path),
    };
  }
  // What the app received, as facts.
  receipt(e) {
    if (!e) return null;
    const headers = {};
    for (let i = 0; i < e.rawHeaders.length; i += 2)
      headers[e.rawHeaders[i].toLowerCase()] = e.rawHeaders[i + 1];
    const len = headers['content-length'];
    delete headers['content-length'];
    const out = {
      server: e.server,
      method: e.method,
      path: this.norm.text(e.url),
      '~httpVersion': e.httpVersion,
    };
    out.contentType = headers['content-type'] ?? null;
    out.contentLengthRight = len === undefined ? null : Number(len) === Buffer.byteLength(e.body);
    out['~headers'] = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, this.norm.text(v)]));
    out['~headerOrder'] = e.rawHeaders.filter((_, i) => i % 2 === 0);
    try {
      const j = JSON.parse(e.body);
      out.types = Object.fromEntries(
        Object.entries(j).map(([k, v]) => [k, Array.isArray(v) ? 'array' : v === null ? 'null' : typeof v]),
      );
      out.json = this.norm.deep({ ...j, key_id: typeof j.key_id === 'number' ? '<number>' : j.key_id });
      out['~order'] = Object.keys(j);
      out['~raw'] = this.norm.text(e.body.replace(/"key_id":\d+/, '"key_id":<number>'));
    } catch {
      out.body = this.norm.text(e.body);
    }
    return out;
  }
  // Plays a whole grant, from the authorize page of a signed-in user to the redirect back. Returns everything seen.
  async grant({ params = {}, who = 'manager', behavior, cb, tweak, tail, keys = true } = {}) {
    const app = cb ?? this.cb(behavior, tail);
    const jar = await this.jar(who);
    const p = {
      ...this.defaults({ callback_url: app.url }),
      ...(typeof params === 'function' ? params(app) : params),
    };
    const start = await this.send({ path: this.authPath('authorize', p), jar });
    const view = this.page(start);
    const { doc, ...authorize } = view;
    const out = { authorize };
    const approve = doc?.controls['wc-auth-approve'];
    if (approve) {
      const done = await this.press(start, approve, jar, tweak);
      out.granted = this.facts(done);
      out.callbacks = app.received().map((e) => this.receipt(e));
      if (keys && this.hookLink.present)
        out.keysLeft = (await this.hook('keys.list')).map((k) => ({
          permissions: k.permissions,
          description: this.norm.text(k.description),
        }));
    }
    this.lastGrant = { start, app, jar, view };
    return out;
  }
  // Reduces the result of grant() to what a comparison of URLs or names needs.
  brief(g) {
    return {
      authorize: pick(g.authorize, ['status', 'kind', 'error', 'location']),
      deny: g.authorize.grant?.deny,
      headings: undefined,
      '~lines': g.authorize['~lines'],
      granted: g.granted && pick(g.granted, ['status', 'kind', 'error', 'location']),
      callback: g.callbacks?.map((c) => c && { path: c.path, json: c.json, '~raw': c['~raw'] }),
      keysLeft: g.keysLeft,
    };
  }

  // ----- keys -----
  async key(permissions = 'read_write', who = 'manager') {
    const username = this.target[who]?.username ?? who;
    if (this.hookLink.present) {
      const k = await this.hook('keys.create', { username, permissions });
      return { ...k, key: k.consumer_key, secret: k.consumer_secret };
    }
    const app = this.cb();
    await this.grant({ who, cb: app, params: { scope: permissions } });
    const k = JSON.parse(app.received()[0].body);
    return { ...k, key: k.consumer_key, secret: k.consumer_secret };
  }
  hashOf(consumerKey) {
    return createHmac('sha256', 'wc-api').update(consumerKey).digest('hex');
  }

  // ----- REST -----
  async api(o) {
    return this.apiFacts(await this.call(o));
  }
  // Sends a request and records whether it reached the upstream. The server itself may answer an index and OPTIONS.
  async call(o) {
    const before = this.upstream?.hits.length ?? 0;
    const res = await this.send(o);
    if (this.upstream?.servers.length) {
      res.reached = this.upstream.hits.length > before;
      res.ownAnswer = (o.method ?? 'GET') === 'OPTIONS' || isIndex(o.path ?? '');
    }
    return res;
  }
  apiFacts(res) {
    const out = {
      reached: res.reached,
      ownAnswer: res.ownAnswer || undefined,
      status: res.status,
      type: res.headers['content-type'] ?? null,
    };
    if (res.headers['www-authenticate'] !== undefined) out.wwwAuthenticate = res.headers['www-authenticate'];
    if (res.headers.location !== undefined)
      out.location = this.norm.url(res.headers.location.replace(/\/products\/\d+/, '/products/<n>'));
    let j;
    try {
      j = JSON.parse(res.body);
    } catch {
      /* not JSON */
    }
    if (res.body === '') out.body = 'empty';
    else if (j === undefined) out['~body'] = this.norm.text(res.body.slice(0, 300));
    else if (j && typeof j === 'object' && 'code' in j && 'message' in j) out.error = this.norm.deep(j);
    else {
      out.body = Array.isArray(j) ? 'array' : typeof j;
      if (j && j.namespace) out.namespace = j.namespace;
      if (!Array.isArray(j) && j) out['~keys'] = Object.keys(j).slice(0, 12);
    }
    if (res.headers.allow) out['~allow'] = res.headers.allow;
    return out;
  }
  basic(key, secret) {
    return { authorization: 'Basic ' + Buffer.from(`${key}:${secret}`).toString('base64') };
  }
  // Sends a request that is signed with OAuth 1.0a. `place` is where the oauth_* parameters are.
  async oauth({
    k,
    method = 'GET',
    base = 'http',
    path = '/wp-json/wc/v3/products',
    params = [],
    place = 'query',
    body,
    headers = {},
    rawQuery,
    realm,
    signUrl,
    signBase,
    ...rest
  }) {
    const pairs = oauth.oauthParams({
      method,
      url: signUrl ?? this.client.base(signBase ?? base) + path,
      params,
      key: k.key,
      secret: k.secret,
      ...rest,
    });
    const own = rawQuery ?? oauth.query(params);
    const join = (...parts) => parts.filter(Boolean).join('&');
    let full = path,
      h = { ...headers },
      b = body;
    if (place === 'query') full += '?' + join(own, oauth.query(pairs));
    else if (place === 'header') {
      h.authorization = oauth.header(pairs, realm);
      if (own) full += '?' + own;
    } else if (place === 'none') {
      /* the case wrote the request itself */ if (own) full += (full.includes('?') ? '&' : '?') + own;
    } else if (place === 'body') {
      h['content-type'] = 'application/x-www-form-urlencoded';
      b = join(own, oauth.query(pairs));
    }
    const res = await this.call({ method, base, path: full, headers: h, body: b });
    this.lastSigned = { method, base, path: full, headers: h, body: b, pairs };
    return this.apiFacts(res);
  }
}
export const pick = (o, keys) =>
  o && Object.fromEntries(keys.filter((k) => o[k] !== undefined).map((k) => [k, o[k]]));
