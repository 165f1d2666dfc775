import { ownPath } from '../../server/http/own-path';
import { parseStoreUrl } from '../../server/http/store-url';

const store = parseStoreUrl('https://shop.example')!;

describe('the target of a redirect', () => {
  test.each([
    ['/', '/'],
    ['/account', '/account'],
    ['/account?a=1&b=%2F', '/account?a=1&b=%2F'],
    ['/a/../b', '/b'],
    ['/a#fragment', '/a'],
    ['/ü?q=ü', '/%C3%BC?q=%C3%BC'],
    ['/?next=https://evil.example', '/?next=https://evil.example'],
  ])('becomes an own path: %s becomes %s', (value, path) => {
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
  ])('is rejected unless it is an own path: %j', (value) => {
    expect(ownPath(value, store)).toBeUndefined();
  });

  test.each(['/..//evil.example', '/.//evil.example', '/%2e%2e//evil.example'])(
    'is rejected if a browser would read it as another host: %s',
    (value) => {
      const path = ownPath(value, store);
      expect(path === undefined || !path.startsWith('//')).toBe(true);
    },
  );
});
