// Turns what WooCommerce answered (observed/) into what this server must answer. A recorded case is
// dropped, or keeps WooCommerce's facts as lib/view.mjs reduces them, or a rule replaces some of them.
// Each rule names its section of docs/protocol.md, and its reason.
import { texts, urls } from './cases/10-validation.mjs';
import { values, denies } from './cases/40-grant.mjs';
import { location } from './lib/view.mjs';

// ----- what this server does not have to pass -----
export const drops = [
  [/^routes\/headers\//, 'response headers of WordPress pages'],
  [
    /^routes\/unknown\/(two-slashes-end|encoded-letter|encoded-slash|space-around)$/,
    "WordPress's own path clean-up",
  ],
  [/^routes\/unknown\/upper-prefix$/, 'left open: whether /WC-AUTH/ in capitals is the same route'],
  [/^routes\/unknown\/(empty|v1-only|root)$/, 'left open: a path that names no route'],
  [
    /^routes\/plain-permalink\/(version-9|version-0|no-version|other-path|in-body|array-route)$/,
    "WordPress's query variables",
  ],
  [/^routes\/override\//, "WordPress's query variables"],
  [/^validation\/transport\/(put|delete|options)$/, 'left open: other methods on authorize'],
  [/^validation\/transport\/(accept-text-xml|accept-xml|error-jsonp)$/, "WordPress's other error formats"],
  [
    /^validation\/(return_url|callback_url)\/(port-zero|underscore|hyphen-first|unicode-path|unicode-query|html|quotes|pipe)$/,
    'left open: which odd characters a URL may hold',
  ],
  [
    /^validation\/callback_url\/(trailing-dot|single-label)$/,
    'left open: host names without a domain, or with a dot at the end',
  ],
  [/^validation\/(user_id|app_name)\/(nul|newline|tab)$/, 'left open: control characters in a value'],
  [/^validation\/scope\/value-"read\\u0000"$/, 'left open: which error names a value with NUL'],
  [/^validation\/app_name\/invalid-utf8$/, 'left open: bytes that are not UTF-8'],
  [
    /^grant\/return_url\/(port-zero|underscore|hyphen-first|unicode-path|unicode-query|html|quotes|pipe)$/,
    'left open: which odd characters a URL may hold',
  ],
  [/^grant\/(user_id|app_name)\/newline$/, 'left open: control characters in a value'],
  [/^grant\/app_name\/spaces$/, 'left open: how runs of spaces in a name are shown'],
  [/^grant\/denied-leaves-nothing$/, 'played as grant/deny/*'],
  [/^grant\/nonce\/upper$/, 'left open: form of the one-time value'],
  [/^grant\/method\/put$/, 'left open: PUT'],
  [/^(grant\/over-http|validation\/transport\/over-http)$/, "left open: the store's pages over plain http"],
  [/^login\/(upper-name|name-with-spaces)$/, 'left open: how forgiving the name field is'],
  [
    /^login\/(bad-nonce|redirect-elsewhere|redirect-empty|redirect-own-path|form-elsewhere)$/,
    "fields of WooCommerce's own login form",
  ],
  [/^callback\/broken\/half-200$/, 'left open: a 200 whose body ends early'],
  [
    /^callback\/url\/(trailing-dot|own-store)$/,
    'depends on the name service of the machine, or on the store itself',
  ],
  [
    /^callback\/default\/ca$/,
    "the list of certificate authorities is the system's; tls/untrusted checks the rule",
  ],
  [/^keys\/description-not-utc-site$/, "a site's own time zone"],
  [/^keys\/nonces\//, 'how WooCommerce stores nonces; oauth/nonce checks their effect'],
  [/^keys\/last_access\/(rest-route-in-path|wp-v2)$/, "WordPress's other ways to the API"],
  [/^keys\/last_access\/options$/, 'left open: whether OPTIONS, which needs no key, counts as a use'],
  [
    /^rest\/endpoint\/(wp-users-me|store-api|analytics|wc-admin|telemetry)\//,
    'routes of WordPress and of other parts of WooCommerce',
  ],
  [
    /^rest\/endpoint\/(index|index-no-slash|wp-root)\/http\/(basic|query|bad-secret|bad-key)$/,
    'left open: a credential over plain http on an index that needs none',
  ],
  [
    /^rest\/endpoint\/wp-root\/https\/(basic|query|bad-secret|bad-key)$/,
    'left open: whether the root index looks at a key',
  ],
  [/^rest\/permission\/odd-/, 'permissions that this server cannot store'],
  [/^rest\/credential\/query-html-in-key$/, "WordPress's clean-up of parameters"],
  [/^rest\/credential\/(rest-route-trick|encoded-prefix)$/, "WordPress's other ways to the API"],
  [/^rest\/credential\/(envelope|jsonp)$/, "WordPress's answer formats"],
  [/^rest\/owner\/(orphan-key|user-0)$/, 'a key without an owner cannot exist here'],
  [/^rest\/write\//, 'this server has no products; rest/permission checks the rule'],
  [/^oauth\/path\/(wp-v2|analytics)$/, 'routes of other parts of WordPress and WooCommerce'],
  [/^oauth\/body\/multipart-/, 'multipart bodies'],
  [
    /^oauth\/body\/oauth-in-body-get$/,
    'RFC 5849 signs a form body whatever the method (3.2), WooCommerce that of a POST only',
  ],
  [/^oauth\/body\/oauth-in-body-put$/, 'left open: OAuth parameters in the body of a PUT'],
  [/^oauth\/owner\/orphan$/, 'a key without an owner cannot exist here'],
  [/^oauth\/nonce\/used-910-s-ago$/, "writes into WooCommerce's nonce store"],
];

// ----- the parts of the rules -----
export const AE = 'woocommerce_rest_authentication_error';
const JSON_TYPE = 'application/json; charset=utf-8';
export const refused = (code, message, status = 401) => ({
  refused: status,
  code,
  message,
  statusInBody: true,
  type: JSON_TYPE,
});
export const unknownKey = refused(AE, 'Consumer key is invalid.');
export const wrongSecret = refused(AE, 'Consumer secret is invalid.');
export const noCredential = refused('woocommerce_rest_cannot_view', 'Sorry, you cannot list resources.');
const notManager = refused('woocommerce_rest_cannot_view', 'Sorry, you cannot list resources.', 403);
export const plainHttp = refused(AE, '<has: https>');
export const anyRejection = {
  '<either>': [
    refused(AE, '<text>'),
    refused('woocommerce_rest_cannot_view', '<text>'),
    refused('woocommerce_rest_authentication_missing_parameter', '<text>'),
  ],
};
export const accepted = { accepted: true };
const DEFAULTS = {
  app_name: 'Corpus App',
  user_id: '42',
  return_url: 'https://app.example/return',
  callback_url: '{CB}/cb/default',
  scope: 'read_write',
};
const ownLocation = (route, over = {}) =>
  location({
    to: `{HTTPS}/wc-auth/v1/${route}`,
    query: Object.entries({ ...DEFAULTS, ...over }).map(([k, v]) => `${k}=${v}`),
  });
export const toLogin = (over) => ({ kind: 'redirect', status: 302, location: ownLocation('login', over) });
const page401 = (error = '<has: Error:>') => ({ kind: 'error', status: 401, type: 'text/html', error });
const brief401 = (error = '<has: Error:>') => ({ kind: 'error', status: 401, error });
const NOT_URL = '<has: is not a valid URL.>';
const un = (x) => {
  try {
    return decodeURIComponent(x.replace(/\+/g, ' '));
  } catch {
    return x;
  }
};
// The return_url with the outcome added (protocol 2.2).
export const back = (url, success, user = '42') => {
  let v = url;
  if (/^[a-z]+%3A%2F%2F/i.test(v)) v = decodeURIComponent(v);
  if (!v.includes('://')) v = 'https://' + v;
  const [main, ...frag] = v.split('#');
  const i = main.indexOf('?');
  const own =
    i < 0
      ? []
      : main
          .slice(i + 1)
          .split('&')
          .filter(Boolean)
          .map((p) => {
            const e = p.indexOf('=');
            return e < 0 ? [un(p)] : [un(p.slice(0, e)), un(p.slice(e + 1))];
          });
  const pairs = [
    ...own.filter(([n]) => n !== 'success' && n !== 'user_id').map((p) => p.join('=')),
    `success=${success}`,
    `user_id=${user}`,
  ];
  return location({
    to: i < 0 ? main : main.slice(0, i),
    query: pairs,
    ...(frag.length ? { fragment: frag.join('#') } : {}),
  });
};
const sent = (hash, over = {}, key = {}) => ({
  path: `/cb/${hash}`,
  json: {
    consumer_key: 'ck_<40hex>',
    consumer_secret: 'cs_<40hex>',
    key_id: '<number>',
    key_permissions: 'read_write',
    user_id: '42',
    ...over,
  },
  ...key,
});
const FAILED =
  '<has: Error: An error occurred in the request and at the time were unable to send the consumer data.>';
const key = (name = 'Corpus App', permissions = 'read_write') => ({
  description: `${name} - API (<utc datetime>)`,
  permissions,
});

// URLs that this server takes as return_url (2.1), and those it does not.
const TAKEN =
  /^(no-scheme|no-scheme-host-only|no-scheme-port|word|http|upper|mixed|encoded-once-more|query.*|fragment|port|port-default|ipv4|ipv6|ipv6-port|localhost|trailing-dot|single-label|custom.*|ftp|idn|punycode|unicode-path-encoded|long2000|question-only|host-query)$/;
const urlName = (id) => id.split('/').pop();
const known = (id) => urlName(id) in urls;

// ----- the rules, in order; each sees what the ones before it left -----
// when: which cases; then(seen, id): what is demanded instead.
export const rules = [
  // 2.1 parameters
  {
    when: /^grant\/(app_name|user_id)\/array$/,
    section: '2.1',
    why: 'a parameter is one string, as in the newest WooCommerce',
    then: (s, id) => ({ authorize: brief401(`Error: Invalid parameter ${id.split('/')[1]}.`) }),
  },
  {
    when: /^validation\/scope\/value-/,
    section: '2.1',
    why: 'the value is shown as it came, not as WordPress cleans it',
    then: () => page401('<has: Error: Invalid scope>'),
  },
  {
    when: /^validation\/(app_name|user_id)\/[a-zA-Z0-9-]+$/,
    only: (id) => urlName(id) in texts,
    section: '2.1',
    why: 'parameters come back byte for byte',
    then: (s, id) => {
      const [, p, k] = id.split('/');
      const out = toLogin({ [p]: texts[k] });
      if (p === 'app_name' && /^(html|script|scriptOnly|entity|spaces|lt)$/.test(k))
        out.location = { to: out.location.to, query: '<any>' };
      return out;
    },
  },
  {
    when: /^validation\/transport\/(post-json|accept-json-among)$/,
    section: '2.1',
    why: 'only Accept: application/json promises JSON',
    then: (s) => ({ status: s.status, kind: 'error', error: s.error, type: '<any>', json: '<any>' }),
  },
  {
    when: /^validation\/transport\/error-head$/,
    section: '2.1',
    why: 'a HEAD has no page to look at',
    then: () => ({ status: 401, kind: '<any>' }),
  },
  {
    when: /^validation\/return_url\//,
    only: known,
    section: '2.1',
    why: 'decoded once and kept; app schemes allowed; scripts, userinfo and control characters rejected',
    then: (s, id) =>
      TAKEN.test(urlName(id))
        ? toLogin({ return_url: urls[urlName(id)] })
        : page401(
            urlName(id) === 'file' || /^javascript|^data$|^mailto$|^userinfo$/.test(urlName(id))
              ? '<has: Error:>'
              : NOT_URL,
          ),
  },
  {
    when: /^validation\/callback_url\/(http|custom|custom-host|custom-dotted|ftp)$/,
    section: '2.1',
    why: 'only https is allowed',
    then: () => page401('Error: The callback_url needs to be over SSL.'),
  },
  {
    when: /^validation\/callback_url\/(ipv4|ipv6|ipv6-port)$/,
    section: '2.3',
    why: 'a private address is rejected before the consent page: at once, or after sign-in',
    then: (s, id) => ({ '<either>': [toLogin({ callback_url: urls[urlName(id)] }), page401()] }),
  },
  {
    when: /^validation\/callback_url\//,
    only: (id) => known(id) && !/\/(http|custom|custom-host|custom-dotted|ftp|ipv4|ipv6|ipv6-port)$/.test(id),
    section: '2.1',
    why: 'decoded once and kept; scripts, userinfo and control characters rejected',
    then: (s, id) =>
      TAKEN.test(urlName(id))
        ? toLogin({ callback_url: urls[urlName(id)] })
        : page401(
            urlName(id) === 'file' || /^javascript|^data$|^mailto$|^userinfo$/.test(urlName(id))
              ? '<has: Error:>'
              : NOT_URL,
          ),
  },
  {
    when: /^validation\/(return_url|callback_url)\/blank$/,
    section: '2.1',
    why: 'the value shown may be the one that came',
    then: () => page401(NOT_URL),
  },
  {
    when: /^validation\/(app_name|user_id)\/blank$/,
    section: '2.1',
    why: 'parameters come back byte for byte',
    then: (s, id) => toLogin({ [id.split('/')[1]]: ' ' }),
  },

  // 2.2 flow
  {
    when: /^routes\/access_granted\/(manager|admin)$/,
    section: '2.2',
    why: 'GET access_granted shows the consent page again',
    then: () => ({ kind: 'grant', status: 200, type: 'text/html' }),
  },
  {
    when: /^grant\/method\/head$/,
    section: '2.2',
    why: 'HEAD grants nothing',
    then: () => ({ granted: '<any>', calls: 0, keysLeft: [] }),
  },
  {
    when: /^grant\/method\/get$/,
    section: '2.2',
    why: 'GET grants nothing and shows the consent page again',
    then: () => ({ granted: { kind: 'grant', status: 200 }, calls: 0, keysLeft: [] }),
  },
  {
    when: /^grant\/method\/post-(nonce|everything)-in-body$/,
    section: '2.2',
    why: 'Approve is a form post, so the one-time value is read from the body',
    then: () => ({
      granted: { kind: 'redirect', status: 302, location: back(DEFAULTS.return_url, 1) },
      calls: 1,
    }),
  },
  {
    when: /^grant\/nonce\/reuse$/,
    section: '2.2',
    why: 'a second submit returns the first outcome and makes nothing',
    then: (s) => ({ ...s, calls: 1, distinctKeys: 1, keysLeft: 1 }),
  },
  {
    when: /^grant\/nonce\/other-request$/,
    section: '2.2',
    why: 'the one-time value belongs to one grant request',
    then: () => ({
      granted: brief401('Error: Invalid nonce verification.'),
      callsToFirst: 0,
      callsToSecond: 0,
    }),
  },
  {
    when: /^grant\/nonce\/(after-logout|customer|demoted-meanwhile)$/,
    section: '2.2',
    why: 'rejected; which of the two reasons is named first is left open',
    then: () => ({ granted: brief401(), calls: 0 }),
  },
  {
    when: /^grant\/deny\/(?!leaves-nothing|then-approve)/,
    section: '2.2',
    why: 'deny returns with success=0, the two parameters replaced, everything else kept',
    then: (s, id) => {
      const d = denies[urlName(id)];
      return { denied: back(d.return_url ?? DEFAULTS.return_url, 0, d.user_id), calls: 0 };
    },
  },
  {
    when: /^grant\/deny\/leaves-nothing$/,
    section: '2.2',
    why: 'deny creates nothing',
    then: () => ({ denied: back(DEFAULTS.return_url, 0), calls: 0, keys: 0 }),
  },
  {
    when: /^grant\/deny\/then-approve$/,
    section: '2.2',
    why: 'a request is decided once',
    then: () => ({ calls: 0, keys: 0 }),
  },
  {
    when: /^grant\/user_id\//,
    only: (id) => urlName(id) in values,
    section: '2.1',
    why: 'user_id survives byte for byte',
    then: (s, id) => {
      const v = values[urlName(id)];
      return {
        authorize: { status: 200, kind: 'grant' },
        granted: { status: 302, kind: 'redirect', location: back(DEFAULTS.return_url, 1, v) },
        callback: [sent('<any>', { user_id: v })].map((c) => ({ ...c, path: '<has: /cb/>' })),
        keysLeft: [key()],
      };
    },
  },
  {
    when: /^grant\/app_name\//,
    only: (id) => urlName(id) in values,
    section: '2.1',
    why: 'app_name is decoded once; tags are stripped',
    then: (s, id) => {
      const v = urlName(id) === 'html' ? 'x' : values[urlName(id)];
      return {
        authorize: { status: 200, kind: 'grant' },
        granted: { status: 302, kind: 'redirect', location: back(DEFAULTS.return_url, 1) },
        callback: [{ ...sent(''), path: '<has: /cb/>' }],
        keysLeft: [key(v)],
      };
    },
  },
  {
    when: /^grant\/return_url\//,
    only: known,
    section: '2.1',
    why: 'the browser goes back to the return_url as it was given',
    then: (s, id) => {
      const k = urlName(id);
      if (!TAKEN.test(k))
        return {
          authorize: brief401(
            /^(file|data|mailto|userinfo|javascript.*)$/.test(k) ? '<has: Error:>' : NOT_URL,
          ),
        };
      return {
        authorize: { status: 200, kind: 'grant' },
        granted: { status: 302, kind: 'redirect', location: back(urls[k], 1) },
        calls: 1,
        keysLeft: 1,
      };
    },
  },

  // 2.2 sign-in
  {
    when: /^login\/page-existing-query$/,
    section: '2.1',
    why: 'the cancel link is the deny URL, nothing lost',
    then: () => ({
      kind: 'login',
      status: 200,
      type: 'text/html',
      login: { method: 'POST', cancel: back('https://app.example/r?x=1&y=%C3%A9#frag', 0, 'a b&c') },
    }),
  },
  {
    when: /^login\/page-custom-scheme$/,
    section: '2.1',
    why: 'app schemes work',
    then: (s) => ({ ...s, login: { method: 'POST', cancel: back('myapp://done', 0) } }),
  },
  {
    when: /^login\/awkward-params$/,
    section: '2.1',
    why: 'parameters come back byte for byte',
    then: () => ({
      kind: 'redirect',
      status: 302,
      location: ownLocation('authorize', {
        app_name: 'Ünï & "co" + 1',
        user_id: 'a b+c&d',
        return_url: 'https://app.example/r?x=1&y=a%2Bb',
      }),
    }),
  },
  {
    when: /^login\/logout$/,
    section: '5',
    why: 'signing out leads back to the same request',
    then: (s) => ({
      link: '<any>',
      out: { status: '<any>', location: ownLocation('login') },
      next: s.next,
      after: s.after,
    }),
  },
  {
    when: /^login\/(login-survives-double-decoding)$/,
    section: '2.1',
    why: 'decoded exactly once on every hop',
    then: () => {
      const r = { return_url: 'https://app.example/r?q=a%2Bb%26c&n=1' };
      const c = (x) => ({ kind: 'redirect', status: 302, location: ownLocation(x, r) });
      return {
        steps: [
          c('login'),
          {
            kind: 'login',
            status: 200,
            type: 'text/html',
            login: { method: 'POST', cancel: back(r.return_url, 0) },
          },
          c('authorize'),
          { kind: 'grant', status: 200, type: 'text/html' },
        ],
      };
    },
  },
  {
    when: /^login\/(url-through-chain|through-chain)\//,
    section: '2.1',
    why: 'decoded exactly once on every hop',
    then: (s, id) => {
      const over = CHAIN[id.split('/').pop()];
      const at = { ...over, callback_url: '<cb>' };
      const u = over.user_id ?? '42';
      const r = over.return_url ?? DEFAULTS.return_url;
      const hop = (x) => {
        const l = ownLocation(x, at);
        return {
          kind: 'redirect',
          status: 302,
          location: {
            to: l.to,
            query: l.query.map((q) => (q.startsWith('callback_url=') ? '<has: callback_url={CB}/cb/>' : q)),
          },
        };
      };
      const seen = [
        hop('login'),
        { kind: 'login', status: 200, cancel: back(r, 0, u) },
        hop('authorize'),
        { kind: 'grant', status: 200 },
        { kind: 'redirect', status: 302, location: back(r, 1, u) },
      ];
      return id.includes('/url-through')
        ? { seen }
        : { seen, told: [u], described: [`${over.app_name ?? 'Corpus App'} - API (<utc datetime>)`] };
    },
  },

  // 2.3 callback
  {
    when: /^callback\/status\/(?!200)/,
    section: '2.3',
    why: 'the text may be followed by what went wrong',
    then: (s) => ({ ...s, granted: brief401(FAILED) }),
  },
  {
    when: /^callback\/(broken|tls|connect)\//,
    section: '2.3',
    why: 'own words for what went wrong',
    then: (s) => ({ ...s, granted: brief401() }),
  },
  {
    when: /^callback\/use-key-after-failure$/,
    section: '2.3',
    why: 'an undelivered key is deleted, and an unknown key is named so',
    then: (s) => ({ ...s, granted: brief401(FAILED), after: unknownKey }),
  },
  {
    when: /^callback\/redirect\//,
    section: '2.3',
    why: 'redirects are not followed',
    then: (s) => ({ granted: brief401(), hops: s.hops.slice(0, 1), keysLeft: [] }),
  },
  {
    when: /^callback\/url\/(query|query-plus|query-encoded-url|unicode|quotes|query-brackets)$/,
    section: '2.1',
    why: 'the callback_url is called as it was given',
    then: (s, id) => ({
      granted: { kind: 'redirect', status: 302, location: back(DEFAULTS.return_url, 1) },
      calls: [
        {
          server: 'trusted',
          method: 'POST',
          contentType: 'application/json;charset=UTF-8',
          json: sent('').json,
          path: `<has: ${CALLED[urlName(id)]}>`,
        },
      ],
      keysLeft: [key()],
    }),
  },
  {
    when: /^callback\/url\/(userinfo|unresolvable)$/,
    section: '2.3',
    why: 'rejected before the consent page',
    then: () => ({ authorize: brief401() }),
  },
  {
    when: /^callback\/default\/odd-port$/,
    section: '2.3',
    why: 'any port is allowed; nothing listens at this one',
    then: (s) => ({ ...s, granted: brief401() }),
  },
  {
    when: /^callback\/default\//,
    only: (id) => !id.endsWith('/odd-port'),
    section: '2.3',
    why: 'an address that may not be used is rejected before the consent page',
    then: () => ({ authorize: brief401() }),
  },
  {
    when: /^callback\/headers$/,
    section: '2.3',
    why: 'the User-Agent names the store',
    then: (s) => ({ ...s, userAgent: '<has: {HTTPS}>' }),
  },

  // 3.1 keys on REST requests
  {
    when: /^rest\/endpoint\/(index|index-no-slash)\/https\/bad-key$/,
    section: '3.4',
    why: 'an unknown key is named on the index too',
    then: () => unknownKey,
  },
  {
    when: /^rest\/endpoint\/(?!index|wp-root)/,
    section: '3.1',
    why: 'one answer for every guarded route: no key, unknown key, wrong secret, plain http',
    then: (s, id) => {
      const [, , , base, cred] = id.split('/');
      if (cred === 'none') return noCredential;
      if (base === 'http') return plainHttp;
      return cred === 'bad-secret' ? wrongSecret : cred === 'bad-key' ? unknownKey : accepted;
    },
  },
  {
    when: /^rest\/credential\/(query-unknown-key|query-upper-key|query-hash-as-key|query-unknown-basic-right|basic-swapped|basic-user-password)$/,
    section: '3.1',
    why: 'an unknown key is named',
    then: () => unknownKey,
  },
  {
    when: /^rest\/credential\/(body-form|body-json)$/,
    section: '3.1',
    why: 'a body carries no key; one answer for every guarded route',
    then: () => noCredential,
  },
  {
    when: /^rest\/credential\/(query-array|query-array-secret|basic-empty-password|basic-no-colon|basic-empty-user|basic-bad-base64|basic-unpadded|bearer)$/,
    section: '3.1',
    why: 'rejected; whether as no credential or as a wrong one is left open',
    then: () => anyRejection,
  },
  {
    when: /^rest\/owner\/customer$/,
    section: '3.1',
    why: 'a key whose owner is not a manager gets one answer everywhere',
    then: () => ({
      index: '<any>',
      products: notManager,
      orders: notManager,
      currency: notManager,
      status: notManager,
      post: notManager,
    }),
  },
  {
    when: /^rest\/owner\/deleted-user$/,
    section: '3.1',
    why: "a deleted user's keys are gone",
    then: () => ({ before: 200, after: unknownKey, row: 'gone' }),
  },
  {
    when: /^rest\/owner\/revoked$/,
    section: '3.1',
    why: 'a revoked key is an unknown key',
    then: () => ({ before: 200, basic: unknownKey, query: unknownKey, index: unknownKey }),
  },
  {
    when: /^rest\/method-override\//,
    section: '3.1',
    why: 'the key must be allowed the real and the overriding method',
    then: (s, id) => OVERRIDE[urlName(id)],
  },
  {
    when: /^rest\/headers\/(bad-secret|bad-secret-query|none|forbidden)$/,
    section: '3.1',
    why: 'WWW-Authenticate on every 401',
    then: (s) => ({
      ...s,
      wwwAuthenticate: 'Basic realm="WooCommerce API"',
      link: '<has: <{HTTPS}/wp-json/>; rel="https://api.w.org/">',
    }),
  },
  {
    when: /^rest\/headers\/ok$/,
    section: '3.4',
    why: 'the Link header on every REST answer',
    then: (s) => ({
      ...s,
      contentType: '<has: application/json>',
      link: '<has: <{HTTPS}/wp-json/>; rel="https://api.w.org/">',
    }),
  },
  {
    when: /^keys\/last_access\/customer$/,
    section: '3.1',
    why: 'a rejected request does not count as a use',
    then: () => ({ verdict: 'refused', updated: false }),
  },
  {
    when: /^keys\/stored-row$/,
    section: '6',
    why: 'the secret is encrypted',
    then: (s) => ({ ...s, consumerSecretStoredPlain: false }),
  },

  // 3.2 OAuth
  {
    when: /^oauth\/encoding\/(list-empty-brackets|list-one-empty-brackets|list-indexed-reverse|list-eleven|nested-two-reverse|nested-space-key|duplicate|dot-in-name|space-in-name|unicode-name|number-name)\//,
    section: '3.2',
    why: 'signed as RFC 5849 defines it',
    then: () => accepted,
  },
  {
    when: /^oauth\/body\/put-form-signed$/,
    section: '3.2',
    why: 'RFC 5849 signs a form body whatever the method',
    then: () => accepted,
  },
  {
    when: /^oauth\/wrong\/signed-https-sent-http$/,
    section: '3.2',
    why: 'the signature is for STORE_URL, wherever the request was sent',
    then: () => accepted,
  },
  {
    when: /^oauth\/timestamp\/(letters-behind|fraction|space-before|space-behind|plus|exponent)$/,
    section: '3.1',
    why: 'a timestamp is decimal digits only',
    then: () => refused(AE, 'Invalid timestamp.'),
  },
  {
    when: /^oauth\/timestamp\/array$/,
    section: '3.1',
    why: 'rejected; how is left open',
    then: () => anyRejection,
  },
  {
    when: /^oauth\/nonce\/replay-after-other-same-second$/,
    section: '3.2',
    why: 'every nonce of a second is kept',
    then: () => ({ first: 200, again: refused(AE, 'Invalid nonce - nonce has already been used.') }),
  },
];

// The values that login/*-chain/* uses.
const CHAIN = {
  'plus-in-query': { return_url: 'https://app.example/r?q=a+b' },
  'encoded-space': { return_url: 'https://app.example/r?q=a%20b' },
  'encoded-amp': { return_url: 'https://app.example/r?q=a%26b' },
  'encoded-percent': { return_url: 'https://app.example/r?q=100%25' },
  'double-encoded-space': { return_url: 'https://app.example/r?q=a%2520b' },
  'nested-url': { return_url: 'https://app.example/r?next=https%3A%2F%2Fb.example%2F%3Fa%3D1%26b%3D2' },
  'user_id-plus': { user_id: 'a+b' },
  'user_id-ampersand': { user_id: 'a&b' },
  'user_id-hash': { user_id: 'a#b' },
  'user_id-percent': { user_id: '50%25' },
  'user_id-unicode': { user_id: 'Zoë' },
  'user_id-spaces': { user_id: 'a b' },
  'app_name-plus': { app_name: 'A+B' },
  'app_name-ampersand': { app_name: 'A & B' },
  'app_name-hash': { app_name: 'A #1' },
  'app_name-unicode': { app_name: 'Zoë ☕' },
  'app_name-spaces': { app_name: 'My App Name' },
};
const CALLED = {
  query: '?a = 1 & b = two words',
  'query-plus': '?a = x y & b = x+y',
  'query-encoded-url': '?next = https://b.example/?a=1',
  unicode: '?q = é',
  quotes: '?a = \'<b>"',
  'query-brackets': '?a[b] = c',
};
export const noWrite = refused(AE, 'The API key provided does not have write permissions.');
export const noRead = refused(AE, 'The API key provided does not have read permissions.');
const OVERRIDE = {
  'header-post-as-get': noWrite,
  'header-get-as-delete': noWrite,
  'query-post-as-delete': noWrite,
  'query-get-as-delete': noWrite,
  'query-get-as-delete-rw': accepted,
  'query-post-as-get-write': noRead,
  'query-lower-case': noWrite,
};
