import { ownPath } from '../../server/http/own-path';
import { parseStoreUrl } from '../../server/http/store-url';

const store = parseStoreUrl('https://shop.example')!;

describe('a redirect leads to own paths only', () => {
  test.each([
    ['/', '/'],
    ['/account', '/account'],
    ['/account?a=1&b=%2F', '/account?a=1&b=%2F'],
    ['/a/../b', '/b'],
    ['/a#fragment', '/a'],
    ['/ü?q=ü', '/%C3%BC?q=%C3%BC'],
    ['/?next=https://evil.example', '/?next=https://evil.example'],
  ])('%s → %s', (value, path) => {
    expect(ownPath(value, store)).toBe(path);
  });

  test.each([
    undefined,
    '',
    'account',
    'https://shop.example/account',
    'https://evil.example',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\t/evil.example',
    '/\r\n/evil.example',
    '/a\u0000b',
    '/\u007f',
    ' /account',
    'javascript:alert(1)',
    '//shop.example:1/',
    '//[',
  ])('%j is none', (value) => {
    expect(ownPath(value, store)).toBeUndefined();
  });

  test.each(['/..//evil.example', '/.//evil.example', '/%2e%2e//evil.example'])(
    '%s is no path that a browser would read as another host',
    (value) => {
      const path = ownPath(value, store);
      expect(path === undefined || !path.startsWith('//')).toBe(true);
    },
  );
});
