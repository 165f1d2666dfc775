// Replaces what differs between runs and deployments with fixed tokens.
export function makeNormalizer(target) {
  const cb = target.callback;
  const subs = [
    [target.httpsBase, '{HTTPS}'],
    [target.httpBase, '{HTTP}'],
    [`https://${cb.host}:${cb.port}`, '{CB}'],
    [`https://${cb.host}:${cb.untrustedPort}`, '{CB-UNTRUSTED}'],
    [`https://${cb.host}:${cb.wrongNamePort}`, '{CB-WRONGNAME}'],
    [`https://${cb.host}:${cb.closedPort}`, '{CB-CLOSED}'],
    [`http://${cb.host}:${cb.plainPort}`, '{CB-PLAIN}'],
  ];
  const pairs = [];
  for (const [a, b] of subs) {
    const e1 = encodeURIComponent(a),
      e2 = encodeURIComponent(e1);
    pairs.push([a, b], [e1, b.replace('}', ':enc}')], [e2, b.replace('}', ':enc2}')]);
  }
  const hostOf = (u) => u.replace(/^https?:\/\//, '');
  const text = (s) => {
    if (typeof s !== 'string') return s;
    for (const [a, b] of pairs) s = s.split(a).join(b);
    return s
      .replace(/\bck_[0-9a-f]{40}\b/g, 'ck_<40hex>')
      .replace(/\bcs_[0-9a-f]{40}\b/g, 'cs_<40hex>')
      .replace(/((?:_wpnonce|wc_auth_nonce|woocommerce-login-nonce)(?:=|%3D))[^&#"'\s%]+/g, '$1<nonce>')
      .replace(/\(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\)/g, '(<utc datetime>)')
      .replace(/after \d+ (ms|milliseconds)/g, 'after <n> $1')
      .replace(/Connection timed out after \d+/g, 'Connection timed out after <n>')
      .replace(new RegExp(`\\b${hostOf(target.httpsBase).replace(/\./g, '\\.')}\\b`, 'g'), '{HTTPS-HOST}')
      .replace(new RegExp(`\\b${hostOf(target.httpBase).replace(/\./g, '\\.')}\\b`, 'g'), '{HTTP-HOST}')
      .replace(new RegExp(`${cb.host.replace(/\./g, '\\.')}:${cb.port}`, 'g'), '{CB-HOST}')
      .replace(new RegExp(`${cb.host.replace(/\./g, '\\.')}%3A${cb.port}`, 'g'), '{CB-HOST:enc}')
      .replace(
        new RegExp(`(${cb.host.replace(/\./g, '\\.')}|localhost|127\\.0\\.0\\.1) port (\\d+)`, 'g'),
        (m, h, p) => `${h} port <${portName(cb, p)}>`,
      );
  };
  const deep = (v) =>
    typeof v === 'string'
      ? text(v)
      : Array.isArray(v)
        ? v.map(deep)
        : v && typeof v === 'object'
          ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, deep(x)]))
          : v;
  // A URL as facts: the part before the query, the decoded and sorted query, and the exact form, which is not compared.
  const url = (s) => {
    if (s === undefined || s === null) return null;
    const [beforeHash, ...hash] = s.split('#');
    const i = beforeHash.indexOf('?');
    const out = { to: text(i < 0 ? beforeHash : beforeHash.slice(0, i)) };
    if (i >= 0)
      out.query = beforeHash
        .slice(i + 1)
        .split('&')
        .map((p) => {
          const e = p.indexOf('=');
          return e < 0 ? unform(p) : `${unform(p.slice(0, e))}=${unform(p.slice(e + 1))}`;
        })
        .map(text)
        .sort();
    if (hash.length) out.fragment = hash.join('#');
    out['~exact'] = text(s);
    return out;
  };
  return { text, deep, url };
}
const unform = (x) => {
  try {
    return decodeURIComponent(x.replace(/\+/g, ' '));
  } catch {
    return x;
  }
};
const portName = (cb, p) => Object.keys(cb).find((k) => /port$/i.test(k) && String(cb[k]) === p) ?? 'port';

// Sorts keys, so that two recordings can be compared as bytes.
export const stable = (v) =>
  Array.isArray(v)
    ? v.map(stable)
    : v && typeof v === 'object'
      ? Object.fromEntries(
          Object.keys(v)
            .sort((a, b) => a.startsWith('~') - b.startsWith('~') || (a < b ? -1 : 1))
            .filter((k) => v[k] !== undefined)
            .map((k) => [k, stable(v[k])]),
        )
      : v;

export const withoutAdvisory = (v) =>
  Array.isArray(v)
    ? v.map(withoutAdvisory)
    : v && typeof v === 'object'
      ? Object.fromEntries(
          Object.entries(v)
            .filter(([k]) => !k.startsWith('~'))
            .map(([k, x]) => [k, withoutAdvisory(x)]),
        )
      : v;
