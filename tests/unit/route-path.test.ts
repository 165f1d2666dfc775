import { routePath, storeRoute } from '../../server/http/route-path';

describe('the names of a route', () => {
  const names: readonly [target: string, path: string][] = [
    ['/wc-auth/v1/authorize', '/wc-auth/v1/authorize'],
    ['/wc-auth/v1/authorize?a=B&c=%2F', '/wc-auth/v1/authorize?a=B&c=%2F'],
    ['/wc-auth/v1/AUTHORIZE', '/wc-auth/v1/authorize'],
    ['/WC-Auth/V1/Authorize?A=B', '/wc-auth/v1/authorize?A=B'],
    ['/index.php/wc-auth/v1/authorize', '/wc-auth/v1/authorize'],
    ['/index.php', '/'],
    ['/index.php/', '/'],
    ['/index.phpx', '/index.phpx'],
    [
      '/?wc-auth-version=1&wc-auth-route=authorize',
      '/wc-auth/v1/authorize?wc-auth-version=1&wc-auth-route=authorize',
    ],
    [
      '/index.php?wc-auth-version=1&wc-auth-route=login',
      '/wc-auth/v1/login?wc-auth-version=1&wc-auth-route=login',
    ],
    ['/?wc-auth-route=authorize', '/?wc-auth-route=authorize'],
    ['/?wc-auth-version=x&wc-auth-route=authorize', '/?wc-auth-version=x&wc-auth-route=authorize'],
    ['/?wc-auth-version=1&wc-auth-route=a/../b', '/?wc-auth-version=1&wc-auth-route=a/../b'],
    ['/?wc-auth-version[]=1&wc-auth-route[]=a', '/?wc-auth-version[]=1&wc-auth-route[]=a'],
    ['/Elsewhere/Path', '/Elsewhere/Path'],
    ['/wc-auth/assets/Logo.svg?v=1', '/wc-auth/assets/Logo.svg?v=1'],
    ['http://shop.example/wc-auth/v1/LOGIN?a=1', '/wc-auth/v1/login?a=1'],
    ['https://shop.example', '/'],
    ['http://shop.example:x/login', '/login'],
    ['ftp://shop.example/login', '/login'],
    ['*', '/*'],
    ['', '/'],
    ['//', '/'],
    ['///wc-auth//v1/Login', '/wc-auth//v1/login'],
    ['//index.php//wp-json//x?a=//b', '/wp-json//x?a=//b'],
    ['https://shop.example//login', '/login'],
    ['?a=1', '/?a=1'],
  ];
  test.each(names)('have one path: %s becomes %s', (target, path) => {
    expect(routePath(storeRoute(target, ''))).toBe(path);
  });
});

describe('the names of a route with or without the path of STORE_URL', () => {
  const names: readonly [target: string, path: string][] = [
    ['/store/wc-auth/v1/login', '/wc-auth/v1/login'],
    ['/wc-auth/v1/login', '/wc-auth/v1/login'],
    ['/store', '/'],
    ['/store/', '/'],
    [
      '/store?wc-auth-version=1&wc-auth-route=login',
      '/wc-auth/v1/login?wc-auth-version=1&wc-auth-route=login',
    ],
    ['/store/index.php/wc-auth/v1/login', '/wc-auth/v1/login'],
    ['/storefront', '/storefront'],
    ['/store/store/login', '/store/login'],
    ['//store//login', '/login'],
    ['/store//index.php//login', '/login'],
    ['//login', '/login'],
    ['//storefront', '/storefront'],
  ];
  test.each(names)('have one path: %s becomes %s', (target, path) => {
    expect(routePath(storeRoute(target, '/store'))).toBe(path);
  });
});
