import { parseAllowHosts } from '../../server/callback-delivery/allow-hosts';
import { shownHost } from '../../server/http/shown-host';
import { describeFailure } from '../../server/callback-delivery/describe-failure';
import { loadLanguages } from '../../server/pages/languages';
import { deliveryFailureOf } from '../../server/callback-delivery/delivery-failure';
import { parseCallbackUrl, type CallbackUrl } from '../../server/callback-delivery/urls';

describe('callback_url', () => {
  test.each([
    'https://app.example/path?x=1#part',
    'HTTPS://APP.EXAMPLE/Path',
    'HttpS://app.example:8443',
    'https://bücher.example/path',
    'https://127.0.0.1/path',
    'https://app.example/?a=\'<b>"',
  ])('is accepted byte for byte: %s', (url) => {
    expect(parseCallbackUrl(url)).toBe(url);
  });

  test.each([
    ['app.example/cb', 'https://app.example/cb'],
    ['https%3A%2F%2Fapp.example%2Fcb%3Fx%3D1', 'https://app.example/cb?x=1'],
  ])('is normalized from %s to %s', (given, url) => {
    expect(parseCallbackUrl(given)).toBe(url);
  });

  test.each([
    'http://app.example/',
    'HTTP://app.example',
    'myapp://done',
    'com.example.app://done',
    'ftp://app.example/',
  ])('is rejected as not https: %s', (url) => {
    expect(parseCallbackUrl(url)).toBe('not-https');
  });

  test.each([
    '/path',
    'https://',
    'http://',
    'https:///x',
    'http://user@app.example/',
    'http://app.example:70000/',
    'http://a b/',
    'https://user:pa55@app.example/',
    'https://app.example\\@evil.example/',
    'https://app.example/a\u0000',
    'javascript:alert(1)',
    'javascript://app.example/',
    'file:///etc/hosts',
    'data:text/html,x',
    'mailto:a@app.example',
  ])('is rejected as not a URL, whatever its scheme: %j', (url) => {
    expect(parseCallbackUrl(url)).toBe('not-a-url');
  });

  test.each([
    ['https://app.example/cb', { shown: 'app.example' }],
    ['HTTPS://APP.EXAMPLE:443/cb', { shown: 'app.example' }],
    ['https://app.example:8443/cb', { shown: 'app.example:8443' }],
    ['https://[2001:db8::1]:8443/cb', { shown: '[2001:db8::1]:8443' }],
    [
      'https://bücher.example:8443/',
      { shown: 'bücher.example:8443', punycode: 'xn--bcher-kva.example:8443' },
    ],
    ['https://xn--bcher-kva.example/', { shown: 'bücher.example', punycode: 'xn--bcher-kva.example' }],
    // All letters but the l are Cyrillic: a look-alike of apple.example.
    ['https://аррӏе.example/', { shown: 'аррӏе.example', punycode: 'xn--80ak6aa92e.example' }],
  ])('shows the host of %s, with punycode for an IDN', (url, expected) => {
    expect(shownHost(parseCallbackUrl(url) as CallbackUrl)).toEqual(expected);
  });
});

describe('CALLBACK_ALLOW_HOSTS', () => {
  test.each([
    ['', []],
    ['localhost', [{ host: 'localhost' }]],
    ['LocalHost.:8443, app.lan', [{ host: 'localhost', port: 8443 }, { host: 'app.lan' }]],
    ['bücher.example', [{ host: 'xn--bcher-kva.example' }]],
    ['app.lan:443', [{ host: 'app.lan', port: 443 }]],
    ['127.0.0.1:9443 127.1', [{ host: '127.0.0.1', port: 9443 }, { host: '127.0.0.1' }]],
    ['[::1]:8443,::1,[0:0::1]', [{ host: '::1', port: 8443 }, { host: '::1' }, { host: '::1' }]],
    ['my_app.lan', [{ host: 'my_app.lan' }]],
  ])('parses the list %j', (list, expected) => {
    expect(parseAllowHosts(list)).toEqual(expected);
  });

  test('parses address ranges', () => {
    expect(parseAllowHosts('10.0.0.0/8,fd00::/8').map((entry) => 'range' in entry && entry.range[1])).toEqual(
      [8, 8],
    );
  });

  test.each([
    'https://app.lan',
    'app.lan/path',
    '10.0.0.0/33',
    '10.0.0/8/8',
    'fd00::/129',
    '*.lan',
    'app.lan:0',
    'app.lan:65536',
    'app.lan:',
    ':8443',
    'user@app.lan',
    '[::1',
    '::1::2',
    '256.0.0.1',
    'app%2elan',
  ])('rejects %j and names it', (entry) => {
    expect(() => parseAllowHosts(`localhost,${entry}`)).toThrow(`"${entry}"`);
  });
});

describe('the reason of a failed delivery', () => {
  test.each([
    ['ECONNREFUSED', { kind: 'refused' }],
    ['ECONNRESET', { kind: 'closed' }],
    ['ENOTFOUND', { kind: 'dns' }],
    ['EAI_AGAIN', { kind: 'dns' }],
    ['ENETUNREACH', { kind: 'unreachable' }],
    ['ETIMEDOUT', { kind: 'unreachable' }],
    ['CERT_HAS_EXPIRED', { kind: 'tls', problem: 'expired' }],
    ['CERT_NOT_YET_VALID', { kind: 'tls', problem: 'not-yet-valid' }],
    ['CERT_REVOKED', { kind: 'tls', problem: 'unknown-authority' }],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', { kind: 'tls', problem: 'unknown-authority' }],
    ['ERR_SSL_WRONG_VERSION_NUMBER', { kind: 'tls', problem: 'handshake' }],
    ['HPE_INVALID_CONSTANT', { kind: 'not-http' }],
    ['ESOMETHING', { kind: 'other', code: 'ESOMETHING' }],
    ['10.0.0.1 in a code', { kind: 'other', code: 'UNKNOWN' }],
  ])('is determined from the code %s, and its text has no address', (code, expected) => {
    const failure = deliveryFailureOf(Object.assign(new Error('connect 10.0.0.1:443 ck_secret'), { code }));
    expect(failure).toEqual(expected);
    expect(describeFailure(loadLanguages().standard, failure)).not.toMatch(/10\.0|ck_/);
  });

  test('is that of the address that refused the connection, if there are several', () => {
    const errors = ['ENETUNREACH', 'ECONNREFUSED', 'ETIMEDOUT'].map((code) =>
      Object.assign(new Error(), { code }),
    );
    expect(deliveryFailureOf(new AggregateError(errors))).toEqual({ kind: 'refused' });
    expect(deliveryFailureOf(new AggregateError([errors[0]]))).toEqual({ kind: 'unreachable' });
    expect(deliveryFailureOf('no error at all')).toEqual({ kind: 'other', code: 'UNKNOWN' });
  });

  test('gives a deadline in seconds', () => {
    expect(describeFailure(loadLanguages().standard, { kind: 'timeout', afterMs: 60_000 })).toContain(
      'within 60 seconds',
    );
    expect(describeFailure(loadLanguages().standard, { kind: 'timeout', afterMs: 1000 })).toContain(
      'within 1 second.',
    );
  });
});
