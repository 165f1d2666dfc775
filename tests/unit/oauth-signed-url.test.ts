import { readRequest, type AuthRequest } from '../../server/key-authentication/auth-request';
import { baseStrings, type PublicUrl } from '../../server/key-authentication/base-strings';
import { presentedCredential } from '../../server/key-authentication/presented-credential';
import {
  authRequest,
  enc,
  keyring,
  oauthHeader,
  outcome,
  PATH,
  query,
  SIGNATURE_DIFFERS,
  signed,
  STORE,
} from './oauth-fixtures';

describe('the URL that was signed', () => {
  const store = { origin: 'https://shop.example', basePath: '/store' };
  const own = 'http://10.0.0.7:8080';
  test.each<[string, string, string, Partial<AuthRequest>, PublicUrl, boolean]>([
    [
      'is accepted: STORE_URL’s origin for any Host',
      `https://shop.example${PATH}`,
      PATH,
      { host: '10.0.0.7:8080', secure: false },
      STORE,
      true,
    ],
    [
      'is accepted: the request’s own scheme, host and port',
      own + PATH,
      PATH,
      { host: '10.0.0.7:8080', secure: false },
      STORE,
      true,
    ],
    ['is rejected: another host', `https://evil.example${PATH}`, PATH, {}, STORE, false],
    ['is rejected: another port', `https://shop.example:8443${PATH}`, PATH, {}, STORE, false],
    [
      'is accepted: a host in capitals, signed in small letters',
      own.replace('10.0.0.7', 'shop.lan') + PATH,
      PATH,
      { host: 'SHOP.LAN:8080', secure: false },
      STORE,
      true,
    ],
    [
      'is accepted: a default port, signed without it',
      `http://shop.lan${PATH}`,
      PATH,
      { host: 'shop.lan:80', secure: false },
      STORE,
      true,
    ],
    [
      'is accepted: an IPv6 host',
      `http://[::1]:8080${PATH}`,
      PATH,
      { host: '[::1]:8080', secure: false },
      STORE,
      true,
    ],
    [
      'is accepted: a trailing slash, signed as sent',
      `https://shop.example${PATH}/`,
      `${PATH}/`,
      {},
      STORE,
      true,
    ],
    [
      'is rejected: a trailing slash, signed without',
      `https://shop.example${PATH}`,
      `${PATH}/`,
      {},
      STORE,
      false,
    ],
    [
      'is accepted: escapes in a path, signed as sent',
      'https://shop.example/wp-json/%70',
      '/wp-json/%70',
      {},
      STORE,
      true,
    ],
    ['is accepted: the root with its slash', 'https://shop.example/', '/', {}, STORE, true],
    ['is accepted: the root without its slash', 'https://shop.example', '/', {}, STORE, true],
    [
      'is accepted: STORE_URL’s path, sent with it',
      `https://shop.example/store${PATH}`,
      `/store${PATH}`,
      {},
      store,
      true,
    ],
    [
      'is accepted: STORE_URL’s path, which a proxy has stripped',
      `https://shop.example/store${PATH}`,
      PATH,
      {},
      store,
      true,
    ],
    [
      'is accepted: the public form on the request’s own origin',
      `${own}/store${PATH}`,
      PATH,
      { host: '10.0.0.7:8080', secure: false },
      store,
      true,
    ],
    [
      'is accepted: the path as sent on the request’s own origin',
      own + PATH,
      PATH,
      { host: '10.0.0.7:8080', secure: false },
      store,
      true,
    ],
    [
      'is accepted: the root of a store with a path, without its slash',
      'https://shop.example/store',
      '/store/',
      {},
      store,
      true,
    ],
    [
      'is accepted: a path that only begins like STORE_URL’s',
      'https://shop.example/store/stores',
      '/stores',
      {},
      store,
      true,
    ],
    [
      'is accepted: an absolute request-target (RFC 9112 3.2.2)',
      own + PATH,
      own + PATH,
      { host: 'else.example', secure: false },
      STORE,
      true,
    ],
    [
      'is rejected: a Host that holds a path',
      `http://shop.lan${PATH}`,
      '/wc/v3/products',
      { host: 'shop.lan/wp-json', secure: false },
      STORE,
      false,
    ],
    ['is accepted: no Host at all', `https://shop.example${PATH}`, PATH, { host: undefined }, STORE, true],
  ])('%s', async (_, url, target, request, storeUrl, accepted) => {
    const authorization = oauthHeader(signed({ url }));
    expect(
      await outcome(keyring({ storeUrl }).verify(authRequest({ target, authorization, ...request }))),
    ).toEqual(accepted ? 'accepted' : SIGNATURE_DIFFERS);
  });
});

describe('the base strings for debugging', () => {
  const shown = (target: string) => {
    const request = readRequest(authRequest({ target, host: 'other.example' }));
    const credential = presentedCredential(request);
    if (credential.kind !== 'oauth') throw new Error(credential.kind);
    return [...baseStrings(request, credential, STORE, { redacted: true })];
  };
  const oauth = query(signed({ nonce: 'n' }));
  test('include both forms on both origins, each once', () => {
    expect(shown(`${PATH}?a=1&${oauth}`)).toHaveLength(2);
    expect(shown(`${PATH}?a[]=1&${oauth}`)).toHaveLength(4);
    expect(shown(`${PATH}?a=1&${oauth}`)[0]).toBe(
      `GET&${enc(`https://shop.example${PATH}`)}&a%3D1%26${oauth.split('&').slice(0, 4).map(enc).join('%26')}`,
    );
  });
  test('contain no secret', () => {
    const secret = `cs_${'12'.repeat(20)}`;
    for (const name of ['consumer_secret', 'client_secret', 'consumer_secret[x]', 'q', 'oauth_token'])
      for (const value of [secret, ...(name === 'q' ? [] : ['hunter2'])])
        expect(shown(`${PATH}?${name}=${value}&${oauth}`).join('\n')).not.toContain(value);
  });
});
