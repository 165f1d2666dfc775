// An identity provider as a process of its own: oidc-provider, over HTTPS. The parent process says
// which store it serves, and who has an account. Started by identity-provider.ts.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { URLSearchParams } from 'node:url';
import Provider from 'oidc-provider';

const { CERTIFICATE, KEY, CLIENT_ID, CLIENT_SECRET } = process.env;
const accounts = new Map();
let listener = (_request, response) => response.writeHead(503).end();

const server = https.createServer(
  { cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) },
  (request, response) => listener(request, response),
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `https://localhost:${server.address().port}`;

const page = `<!doctype html><title>Provider</title><form method="post">
  <input name="login" aria-label="Login"><button name="do" value="sign-in">Sign in</button>
  <button name="do" value="cancel">Cancel</button></form>`;

function serve({ storeUrl, claimsInIdToken }) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        // The second one of each is mod_auth_openidc's.
        redirect_uris: [`${storeUrl}/wc-auth/v1/oidc/callback`, `${storeUrl}/oidc-sign-in`],
        post_logout_redirect_uris: [`${storeUrl}/login?logged_out=1`, `${storeUrl}/login`],
        backchannel_logout_uri: `${storeUrl}/wc-auth/v1/oidc/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'first', use: 'sig' }] },
    cookies: { keys: ['cookie key of the test provider'] },
    scopes: ['openid', 'profile', 'email', 'groups'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups', 'realm_access'],
    },
    conformIdTokenClaims: !claimsInIdToken,
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) =>
      accounts.has(sub) && { accountId: sub, claims: () => ({ sub, ...accounts.get(sub) }) },
    // Without its protection from private addresses, where the store of a test is, and its 2.5 s.
    fetch: (url, { method, headers, body, redirect }) => fetch(url, { method, headers, body, redirect }),
    // Without a page that asks for consent.
    async loadExistingGrant({ oidc }) {
      const { clientId } = oidc.client;
      const grant = new oidc.provider.Grant({ clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope(oidc.params.scope);
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  listener = async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    if (request.method === 'GET') return response.setHeader('content-type', 'text/html').end(page);
    const form = new URLSearchParams(await text(request));
    const result =
      form.get('do') === 'cancel' ? { error: 'access_denied' } : { login: { accountId: form.get('login') } };
    return provider.interactionFinished(request, response, result);
  };
}

process.on('message', ({ account, store }) => {
  if (account) accounts.set(account.sub, account.claims);
  if (store) serve(store);
  process.send('done');
});
process.on('disconnect', () => process.exit());
process.send({ issuer });
