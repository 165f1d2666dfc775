// Reduces what was seen of a server to the facts that are compared.
import { domainToASCII } from 'node:url';

const safe = (f, s) => {
  try {
    return f(s);
  } catch {
    return s;
  }
};
// {HTTPS}/wc-auth/v1/login/, {HTTP}/wc-auth/v1/login and /wc-auth/v1/login are the same place.
const ownRoute = (to) => {
  const m = /^(?:\{HTTPS?\})?(\/wc-auth\/v1\/[^/?#]+)\/?$/.exec(to);
  return m ? '{STORE}' + m[1] : null;
};
const absolute = (v) => {
  let s = v;
  if (/^[a-z][a-z0-9+.-]*%3A/i.test(s)) s = safe(decodeURIComponent, s);
  return s.includes('://') || s.startsWith('{') ? s : 'https://' + s;
};
export const place = (to) => {
  const m = /^(https?):\/\/([^/?#]*)(.*)$/i.exec(to);
  if (!m) return to;
  const scheme = m[1].toLowerCase();
  let host = m[2].toLowerCase().replace(scheme === 'https' ? /:443$/ : /:80$/, '');
  const h = /^(.*?)(:\d+)?$/.exec(host);
  host = (domainToASCII(h[1]) || h[1]) + (h[2] ?? '');
  return `${scheme}://${host}${safe(decodeURIComponent, m[3] || '/')}`;
};
export const location = (l) => {
  if (!l || typeof l !== 'object') return l ?? null;
  const own = ownRoute(l.to ?? '');
  const out = { to: own ?? place(l.to ?? '') };
  if (l.query)
    out.query = l.query
      .map((p) =>
        own ? p.replace(/^(return_url|callback_url)=([\s\S]*)$/, (m, k, v) => `${k}=${absolute(v)}`) : p,
      )
      .filter((p) => p !== '')
      .sort();
  if (out.query && !out.query.length) delete out.query;
  if (l.fragment !== undefined) out.fragment = l.fragment;
  return out;
};
const REFUSED = /^woocommerce_rest_(authentication_|cannot_)/;
// The verdict on a REST request: accepted, or rejected and how.
export const verdict = (o) => {
  if (o.status >= 500) return { failed: o.status };
  const code = o.error?.code;
  if (o.status === 401 || o.status === 403 || REFUSED.test(code ?? '')) {
    const out = { refused: o.status };
    if (o.error)
      Object.assign(out, {
        code,
        message: o.error.message,
        statusInBody: o.error.data?.status === o.status,
        type: (o.type ?? '').toLowerCase(),
      });
    if (o.reached) out.forwarded = true;
    return out;
  }
  return o.reached === false && !o.ownAnswer
    ? { accepted: false, status: o.status, note: 'not refused, and the upstream was not asked' }
    : { accepted: true };
};
const page = (o) => {
  if (o.status === 404) return { status: 404 };
  const out = {};
  for (const [k, v] of Object.entries(o)) {
    if (k === 'grant' || k === 'deny') continue;
    if (k === 'type') {
      if (['grant', 'login', 'error'].includes(o.kind)) out.type = String(v).toLowerCase().split(';')[0];
      continue;
    }
    if (k === 'error' && o.kind === 'login') continue;
    if (k === 'location') {
      out.location = location(v);
      continue;
    }
    if (k === 'login') {
      out.login = { cancel: location(v.cancel), method: v.method };
      continue;
    }
    if (k === 'cancel') {
      out.cancel = location(v);
      continue;
    }
    out[k] = v;
  }
  return out;
};
const callPath = (p) => {
  const i = p.indexOf('?');
  return i < 0
    ? p
    : `${p.slice(0, i)}?${p
        .slice(i + 1)
        .split('&')
        .map((x) => safe(decodeURIComponent, x.replace(/\+/g, ' ')).replace(/^([^=]*)=/, '$1 = '))
        .join(' & ')}`;
};

const walk = (id, v) => {
  if (Array.isArray(v)) return v.map((x) => walk(id, x));
  if (!v || typeof v !== 'object') return v;
  const o = {};
  for (const [k, x] of Object.entries(v)) if (!k.startsWith('~') && x !== undefined) o[k] = x;
  const rest = /^(rest|oauth|callback|addressing)\//.test(id);
  if (
    rest &&
    typeof o.status === 'number' &&
    !('kind' in o) &&
    ('error' in o || 'body' in o || 'type' in o || 'reached' in o) &&
    !('headers' in o)
  )
    return verdict(o);
  const p = 'kind' in o ? page(o) : o;
  const out = {};
  for (const [k, x] of Object.entries(p)) {
    if (k === 'deny' || (k === 'location' && !('kind' in p) && x && typeof x === 'object')) {
      if (k === 'location') out.location = location(x);
      continue;
    }
    if (k === 'path' && typeof x === 'string' && x.startsWith('/cb/')) {
      out.path = callPath(x);
      continue;
    }
    if (k === 'denied') {
      out.denied = location(x);
      continue;
    }
    out[k] = walk(id, x);
  }
  return out;
};
export const view = (id, observed) => {
  if (id === 'keys/stored-row') {
    const { nonces, ...rest } = observed;
    return rest;
  }
  if (/^keys\/last_access\//.test(id) && 'status' in observed) {
    const { status, code, reached, ...rest } = observed;
    return {
      verdict:
        status === 401 || status === 403 || REFUSED.test(code ?? '')
          ? reached
            ? 'refused, yet forwarded'
            : 'refused'
          : 'accepted',
      ...rest,
    };
  }
  if (/^rest\/headers\//.test(id))
    return {
      status: observed.status,
      contentType: String(observed.headers['content-type']).toLowerCase(),
      wwwAuthenticate: observed.headers['www-authenticate'],
      link: observed.headers.link,
    };
  if (/^validation\/escaping\//.test(id)) return { status: observed.status, escaped: observed.escaped };
  return walk(id, observed);
};
