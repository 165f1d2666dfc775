// npm's oauth-1.0a, the signer inside most clients, with fetch; see woocommerce-clients.test.ts.
import { createHmac } from 'node:crypto';
import OAuth from 'oauth-1.0a';

const { url, consumerKey, consumerSecret } = JSON.parse(process.env.STORE);
const base = `${url}/wp-json/wc/v3/products`;

const signer = (method) =>
  new OAuth({
    consumer: { key: consumerKey, secret: consumerSecret },
    signature_method: method,
    hash_function: (text, key) =>
      createHmac(method === 'HMAC-SHA1' ? 'sha1' : 'sha256', key)
        .update(text)
        .digest('base64'),
  });

// The library signs names in a URL as they are written, so brackets must be unescaped.
const awkward = `search=${encodeURIComponent("blue shirt & Zoë's ☕ 100% +1")}&include[]=3&filter[period]=week`;

const encoded = (pairs) =>
  Object.entries(pairs)
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&');

async function send(method, target, { algorithm = 'HMAC-SHA256', form, json, inQuery = false } = {}) {
  const oauth = signer(algorithm);
  const signed = oauth.authorize({ url: target, method, ...(form ? { data: form } : {}) });
  const own = Object.entries(signed).filter(([name]) => name.startsWith('oauth_'));
  const query = encoded(Object.fromEntries(own));
  return fetch(inQuery ? `${target}${target.includes('?') ? '&' : '?'}${query}` : target, {
    method,
    headers: {
      ...(inQuery ? {} : oauth.toHeader(signed)),
      ...(form ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
      ...(json ? { 'Content-Type': 'application/json' } : {}),
    },
    ...(form ? { body: encoded(form) } : {}),
    ...(json ? { body: JSON.stringify(json) } : {}),
  });
}

const calls = {
  GET: () => send('GET', `${base}?per_page=5`),
  'GET awkward': () => send('GET', `${base}?${awkward}`),
  'GET in the query': () => send('GET', `${base}?page=2`, { inQuery: true }),
  'GET by SHA-1': () => send('GET', base, { algorithm: 'HMAC-SHA1' }),
  POST: () => send('POST', base, { json: { name: 'Zoë & ☕' } }),
  'POST a form': () => send('POST', base, { form: { name: 'Zoë & ☕', 'tags[0]': 'a b' } }),
  'PUT a form': () => send('PUT', `${base}/1`, { form: { name: 'Zoë & ☕' } }),
  PUT: () => send('PUT', `${base}/1`, { json: { price: '1.50' } }),
  DELETE: () => send('DELETE', `${base}/1?force=true`),
  OPTIONS: () => send('OPTIONS', base),
};
for (const [name, call] of Object.entries(calls)) {
  const answer = await call().catch((error) => ({ status: String(error), text: () => 'null' }));
  console.log(
    JSON.stringify({ name, status: answer.status, data: JSON.parse((await answer.text()) || 'null') }),
  );
}
