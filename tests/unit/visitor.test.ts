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

describe('the visitor of a request', () => {
  test('is the connection if X-Forwarded-* comes from an untrusted sender', () => {
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

  test('is the one that X-Forwarded-* of the trusted proxy names', () => {
    expect(visitor('10.0.0.1', FORWARDED)).toEqual({
      address: '203.0.113.9',
      secure: true,
      host: 'shop.example',
      behindProxy: true,
    });
  });

  test('is not an address that the client put before the proxy’s', () => {
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
  ])('with the header %j, encrypted to the proxy: %s, is secure: %s', (headers, encrypted, secure) => {
    expect(visitor('10.0.0.1', { ...headers, encrypted }).secure).toBe(secure);
  });

  test('is the connection without a proxy', () => {
    expect(visitor('', { encrypted: true })).toEqual({
      address: '10.0.0.1',
      secure: true,
      host: 'inner:8080',
      behindProxy: false,
    });
  });
});
