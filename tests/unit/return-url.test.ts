import { parseReturnUrl, schemeOf } from '../../server/callback-delivery/urls';
import { withOutcome } from '../../server/callback-delivery/with-outcome';

const kept = [
  'http://app.example/path',
  'HTTPS://APP.EXAMPLE/Path',
  'hTTps://App.Example',
  'https://app.example',
  'https://app.example?x=1',
  'https://app.example#part',
  'https://app.example/path?',
  'https://app.example/path?x=1&y=two#part',
  'https://app.example/path?q=a+b&r=a%2Bb&s=a%20b&t=100%25',
  'https://app.example/path?a[b]=c&d={"e":1}',
  'https://app.example/path?next=https%3A%2F%2Fb.example%2F',
  'https://app.example/path?next=https://b.example/@home',
  'https://app.example:8443/path',
  'https://app.example:443/path',
  'https://192.0.2.7/path',
  'https://[2001:db8::1]/path',
  'https://[2001:db8::1]:8443/path',
  'https://localhost/path',
  'https://localhost./path',
  'https://app.example./path',
  'https://bücher.example/path',
  'https://xn--bcher-kva.example/path',
  'https://app.example/%C3%A9',
  'https://app.example/é?q=é',
  'https://app.example/a//b/../c/@me:x',
  `https://app.example/${'p'.repeat(2000)}`,
  'ftp://app.example/path',
  'myapp://done',
  'myapp://app.example/done',
  'com.example.my-app+1://oauth/done?x=1',
  'myapp:///done',
  'MyApp://Done',
  'exp://192.168.1.4:19000/--/done',
  'com.example.app:/oauth2redirect',
  'com.example.app:/oauth2redirect?x=1#part',
  'com.example.app:/',
  'com.example.app:/done?next=https://b.example/@home',
  'Com.Example.App:/a//b/../c',
  'myapp:/done',
  'search-ms-app://done',
  'my-search://done',
  'resource-app:/done',
  'ms-app://s-1-15-2-1/done',
];

const rejected = [
  ' ',
  '/path',
  '//app.example/path',
  '?x=1',
  '#part',
  'https://',
  'http://',
  'https:///path',
  'https://?x=1',
  'https:/app.example/path',
  'https:app.example',
  'https://:443/path',
  'https://app.example:/path',
  'https://app.example:0/path',
  'https://app.example:70000/path',
  'https://app.example:65536',
  'https://app.example:8a/path',
  'https://app..example/path',
  'https://.example/path',
  `https://${'a'.repeat(64)}.example/`,
  `https://${'a.'.repeat(127)}example/`,
  'https://256.1.1.1/',
  'https://1.2.3.4.5/',
  'https://[::1/',
  'https://[::g]/',
  'https://[fe80::1%25eth0]/',
  'https://xn--a/',
  'https://app%2eexample/',
  'https://app;.example/',
  "https://app'.example/",
  'http://<script>alert(1)</script>',
  'https://app.example/a b',
  ' https://app.example/path',
  'https://app.example/path ',
  'https://app.example/a\tb',
  'https://app.example/a\nb',
  'https://app.example/a\r\nSet-Cookie: a=b',
  'https://app.example/a\u0000b',
  'https://app.example/a\u007fb',
  'https://app.example/a\u0085b',
  'https://app.example/a\u00a0b',
  'https://app.example/a\u2028b',
  'https://app.example/a\u202eb',
  'https://app.example/a\ud800b',
  'https://app.example\\path',
  'https://app.example/a\\b',
  'https:\\\\app.example',
  'https://user:pa55@app.example/path',
  'https://user@app.example/path',
  'https://@app.example/path',
  'https://app.example@evil.example/path',
  'myapp://user@done',
  'https:/app.example/path',
  'HTTP:/app.example/path',
  'ftp:/app.example/path',
  'wss:/app.example/path',
  'c:/windows/system32/calc.exe',
  'com.example.app:/a b',
  'com.example.app:/a\\b',
  'com.example.app:\\done',
  'com.example.app:/a\u0007b',
  'com.example.app:/a\u202eb',
  'com.example.app:done',
  'com.example_app:/done',
  '1com.example:/done',
  'mailto:a@app.example',
  'tel:+4912345',
  'myapp:done',
  '1app://done',
  'my_app://done',
  'app.example/path?next=https://b.example/',
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  'javascript:1',
  'javascript:/x',
  'javascript://app.example/%0aalert(1)',
  "javascript:alert('://')",
  'javascript%3A%2F%2Fapp.example/%250aalert(1)',
  'java\tscript://app.example/',
  'data:text/html,hello',
  'data://text/html,hello',
  'data:80',
  'vbscript:msgbox',
  'vbscript://x',
  'file:///etc/hosts',
  'file://host/x',
  'file:/etc/hosts',
  'blob:https://app.example/1-2-3',
  'about:blank',
  'about://blank',
  'about:/blank',
  'data:/text/html,hello',
  'vbscript:/x',
  'blob:/x',
  'https%3A%2F%2Fapp.example%2',
  'https%3A%2F%2Fapp.example%2F%FF',
  'https%3A%2F%2Fuser%40app.example',
  'https%253A%252F%252Fapp.example',
];

/** Schemes that start a program of the system, or show what a browser hides from pages. */
const system = [
  'ms-msdt',
  'search-ms',
  'search',
  'ms-search',
  'ms-officecmd',
  'ms-settings',
  'ms-word',
  'ms-excel',
  'ms-powerpoint',
  'ms-access',
  'ms-infopath',
  'ms-project',
  'ms-publisher',
  'ms-spd',
  'ms-visio',
  'ms-cxh',
  'ms-cxh-full',
  'ms-appinstaller',
  'view-source',
  'filesystem',
  'res',
  'jar',
  'mhtml',
  'shell',
];

describe('return_url', () => {
  test.each(system)('is rejected with the scheme %s however it is written', (scheme) => {
    const upper = scheme.toUpperCase();
    const hidden = scheme.replace(/^./, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
    for (const url of [
      `${scheme}://app.example/`,
      `${upper}://id?x=1`,
      `${scheme}:/done`,
      `${upper}:/done`,
      `${scheme}:id`,
      `${scheme}:https://app.example/`,
      `${scheme}%3A%2F%2Fapp.example%2F`,
      `${upper}%3a%2fdone`,
      `${scheme}%3Ahttps%3A%2F%2Fapp.example`,
      `${scheme}%253A%252F%252Fapp.example`,
      `${scheme}%253A%252Fdone`,
      `${scheme}%3A//app.example/`,
      `${hidden}://app.example/`,
      `${hidden}%3A%2F%2Fapp.example%2F`,
      `${hidden}:/done`,
      ` ${scheme}://app.example/`,
      `\t${scheme}:/done`,
    ])
      expect([url, parseReturnUrl(url)]).toEqual([url, undefined]);
  });

  test.each(kept)('is accepted byte for byte: %s', (url) => {
    expect(parseReturnUrl(url)).toBe(url);
  });

  test.each(rejected)('is rejected: %j', (url) => {
    expect(parseReturnUrl(url)).toBeUndefined();
  });

  test.each([
    ['app.example/path', 'https://app.example/path'],
    ['app.example', 'https://app.example'],
    ['app.example:8443/path', 'https://app.example:8443/path'],
    ['word', 'https://word'],
    ['localhost:3000', 'https://localhost:3000'],
    ['[2001:db8::1]/x', 'https://[2001:db8::1]/x'],
  ])('without a scheme gets https:// in front: %s becomes %s', (given, url) => {
    expect(parseReturnUrl(given)).toBe(url);
  });

  test.each([
    ['https%3A%2F%2Fapp.example%2Fpath%3Fx%3D1%26y%3D2', 'https://app.example/path?x=1&y=2'],
    ['https%3a%2f%2fapp.example%2fq%3Fa%2520b', 'https://app.example/q?a%20b'],
    ['HTTP%3A%2F%2Fapp.example', 'HTTP://app.example'],
    ['myapp%3A%2F%2Fdone', 'myapp://done'],
    ['com.example.app%3A%2Fdone%3Fx%3D1', 'com.example.app:/done?x=1'],
  ])('that is still encoded is decoded once more: %s becomes %s', (given, url) => {
    expect(parseReturnUrl(given)).toBe(url);
  });

  test('is parsed to the same URL a second time', () => {
    for (const url of [...kept, 'app.example', 'https%3A%2F%2Fapp.example%2Fa%2520b']) {
      const once = parseReturnUrl(url)!;
      expect(parseReturnUrl(once)).toBe(once);
    }
  });

  test('has its scheme in the form that CSP needs', () => {
    expect(schemeOf(parseReturnUrl('MyApp://done?x=a:b')!)).toBe('myapp:');
    expect(schemeOf(parseReturnUrl('app.example')!)).toBe('https:');
  });
});

describe('the outcome in the return_url', () => {
  test.each([
    ['https://app.example/path', 'https://app.example/path?success=1&user_id=42'],
    ['https://app.example', 'https://app.example?success=1&user_id=42'],
    ['https://app.example?x=1', 'https://app.example?x=1&success=1&user_id=42'],
    ['https://app.example/path?', 'https://app.example/path?success=1&user_id=42'],
    ['https://app.example/path?x=1&', 'https://app.example/path?x=1&success=1&user_id=42'],
    ['https://app.example/path#part', 'https://app.example/path?success=1&user_id=42#part'],
    ['https://app.example/path?x=1#part?y=2', 'https://app.example/path?x=1&success=1&user_id=42#part?y=2'],
    ['https://app.example/#/route?x=1', 'https://app.example/?success=1&user_id=42#/route?x=1'],
    ['https://app.example/p?success=9&user_id=7', 'https://app.example/p?success=1&user_id=42'],
    [
      'https://app.example/p?a=1&success=9&b=2&user_id&c=3',
      'https://app.example/p?a=1&b=2&c=3&success=1&user_id=42',
    ],
    [
      'https://app.example/p?succes%73=9&user%5Fid=7&success2=x',
      'https://app.example/p?success2=x&success=1&user_id=42',
    ],
    ['https://app.example/p?success=1&success=2', 'https://app.example/p?success=1&user_id=42'],
    [
      'https://app.example/p?q=a+b&r=a%2bb&s=%zz&&t',
      'https://app.example/p?q=a+b&r=a%2bb&s=%zz&&t&success=1&user_id=42',
    ],
    ['https://app.example/p?a[b]=c&next=?x', 'https://app.example/p?a[b]=c&next=?x&success=1&user_id=42'],
    ['HTTPS://APP.EXAMPLE:443/Path', 'HTTPS://APP.EXAMPLE:443/Path?success=1&user_id=42'],
    ['myapp://done', 'myapp://done?success=1&user_id=42'],
    ['myapp://app.example/done?x=1#f', 'myapp://app.example/done?x=1&success=1&user_id=42#f'],
    ['ftp://app.example/path', 'ftp://app.example/path?success=1&user_id=42'],
    ['com.example.app:/done', 'com.example.app:/done?success=1&user_id=42'],
    ['com.example.app:/', 'com.example.app:/?success=1&user_id=42'],
    ['com.example.app:/d?x=1&success=0#f', 'com.example.app:/d?x=1&success=1&user_id=42#f'],
  ])('is added as in %s, which becomes %s', (url, expected) => {
    expect(withOutcome(parseReturnUrl(url)!, 1, '42')).toBe(expected);
  });

  test.each([
    ['a b&c=d', 'a%20b%26c%3Dd'],
    ['YWI+Yz8=', 'YWI%2BYz8%3D'],
    ['Zoë#1', 'Zo%C3%AB%231'],
    ['{"shop":1}', '%7B%22shop%22%3A1%7D'],
    ['a\r\nSet-Cookie: x', 'a%0D%0ASet-Cookie%3A%20x'],
    ['half \ud83d pair', 'half%20%EF%BF%BD%20pair'],
  ])('has a percent-encoded user_id: %j', (userId, encoded) => {
    expect(withOutcome(parseReturnUrl('https://app.example/p')!, 0, userId)).toBe(
      `https://app.example/p?success=0&user_id=${encoded}`,
    );
  });

  test.each([
    [
      'https://bücher.example:8443/é?q=é#é',
      'https://xn--bcher-kva.example:8443/%C3%A9?q=%C3%A9&success=1&user_id=42#%C3%A9',
    ],
    [
      'https://app.example/<b>"x"`\'?q="<',
      "https://app.example/%3Cb%3E%22x%22%60'?q=%22%3C&success=1&user_id=42",
    ],
    ['https://app.example/🚀', 'https://app.example/%F0%9F%9A%80?success=1&user_id=42'],
    ['myapp://fertig/ü', 'myapp://fertig/%C3%BC?success=1&user_id=42'],
    ['myapp://zurück', 'myapp://zur%C3%BCck?success=1&user_id=42'],
    ['com.example.app:/zurück', 'com.example.app:/zur%C3%BCck?success=1&user_id=42'],
  ])('is fit for a Location header: %s', (url, expected) => {
    expect(withOutcome(parseReturnUrl(url)!, 1, '42')).toBe(expected);
  });

  test('has only printable ASCII for any accepted URL', () => {
    for (const url of kept) expect(withOutcome(parseReturnUrl(url)!, 1, 'ü')).toMatch(/^[\x21-\x7e]+$/);
  });
});
