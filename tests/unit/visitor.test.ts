import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { readConfig } from '../../server/config';
import { visitorReader } from '../../server/http/visitor';

function visitor(
  trusted: string,
  { peer = '10.0.0.1', encrypted = false, ...headers }: Record<string, string | boolean> = {},
) {
  const socket: unknown = Object.create(encrypted ? TLSSocket.prototype : {}, {
    remoteAddress: { value: peer },
  });
  const request = { socket, headers: { host: 'inner:8080', ...headers } };
  return visitorReader(readConfig({ TRUST_PROXY: trusted }))(request as unknown as IncomingMessage);
}

const FORWARDED = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'shop.example',
};

describe('X-Forwarded-* is believed from a trusted proxy alone', () => {
  test('not from anyone else', () => {
    expect(visitor('', FORWARDED)).toEqual({
      address: '10.0.0.1',
      secure: false,
      host: 'inner:8080',
      behindProxy: false,
    });
    expect(visitor('10.0.0.2', FORWARDED)).toEqual({
      address: '10.0.0.1',
      secure: false,
      host: 'inner:8080',
      behindProxy: false,
    });
  });

  test('from the one that is named', () => {
    expect(visitor('10.0.0.1', FORWARDED)).toEqual({
      address: '203.0.113.9',
      secure: true,
      host: 'shop.example',
      behindProxy: true,
    });
  });

  test('an address that the client put before the proxy’s is not taken', () => {
    const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9, 10.0.0.7' };
    expect(visitor('10.0.0.0/8', headers).address).toBe('203.0.113.9');
  });

  test.each([
    [{ 'x-forwarded-proto': 'http' }, true, false],
    [{ 'x-forwarded-proto': 'HTTPS' }, false, true],
    [{ 'x-forwarded-proto': 'https, http' }, false, true],
    [{ 'x-forwarded-proto': '' }, true, true],
    [{}, true, true],
    [{}, false, false],
  ])('%j over a connection that is encrypted: %s is secure: %s', (headers, encrypted, secure) => {
    expect(visitor('10.0.0.1', { ...headers, encrypted }).secure).toBe(secure);
  });

  test('without a proxy the connection says it', () => {
    expect(visitor('', { encrypted: true })).toEqual({
      address: '10.0.0.1',
      secure: true,
      host: 'inner:8080',
      behindProxy: false,
    });
  });
});
