import { connect, requestBytes, untilClosed } from '../support/http/raw-http';
import { basicHeader, issueKey, NOW, startUpstream, type TestUpstream } from '../support/scenes/rest-scene';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';

// The answers of the API share the console's origin, so they must not be able to act in its name.

let store: TestStore;
let upstream: TestUpstream;
let key: IssuedKey;
/** Names and values alternate. */
let answered: string[];

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => {
    response.writeHead(200, answered);
    response.end('<script>top.document</script>');
  });
  store = await startTestStore({ clock: fakeClock(NOW * 1000), env: { UPSTREAM_URL: upstream.url } });
  key = await issueKey(store);
});
afterAll(async () => {
  await store.app.close();
  await store.close();
  await upstream.close();
});

/** Returns the header lines that the client gets for an answer of the API. */
async function headersFor(...headers: string[]): Promise<string[]> {
  answered = headers;
  const socket = connect(store.url);
  socket.write(requestBytes('OPTIONS', '/wp-json/wc/v3/products', [basicHeader(key)]));
  const [head = ''] = (await untilClosed(socket)).toString('latin1').split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 200 /);
  return head.split('\r\n').slice(1);
}

describe('a cookie that the API sets', () => {
  test.each([
    'wc_auth_session=x',
    '__Host-wc_auth_session=x; Path=/; Secure; HttpOnly',
    '__Secure-wc_auth_sign_in=x; Path=/store; Secure',
    '__Host-wc_auth_known_browser=; Max-Age=0; Path=/; Secure',
    '  wc_auth_session=x',
    '\twc_auth_session=x',
    '=wc_auth_session=x',
    ' = wc_auth_session=x',
    '__host-wc_auth_session=x; Path=/; Secure',
  ])('does not reach the browser if it is named like one of ours: %j', async (cookie) => {
    const lines = await headersFor('Set-Cookie', cookie, 'set-cookie', 'theme=dark; Path=/');
    expect(lines.filter((line) => /^set-cookie:/i.test(line))).toEqual([
      expect.stringMatching(/^set-cookie: theme=dark; Path=\/$/i),
    ]);
  });

  test.each(['cart=wc_auth_session=x', 'my_wc_auth_session=x', 'a=b; Path=/wc_auth_session=x'])(
    'reaches the browser if it only looks similar: %s',
    async (cookie) => {
      expect(await headersFor('Set-Cookie', cookie)).toContain(`Set-Cookie: ${cookie}`);
    },
  );
});

describe('a document from the API', () => {
  test.each([
    'text/html',
    'TEXT/HTML; charset=utf-8',
    'application/xhtml+xml',
    'image/svg+xml',
    'text/xml',
    'application/xml;charset=utf-8',
    'application/rss+xml',
    'text/xsl',
    'text/plain, text/html',
    'multipart/x-mixed-replace; boundary=b',
    'nonsense',
    '',
  ])('is sandboxed with Content-Type %j', async (type) => {
    const lines = await headersFor('Content-Type', type);
    expect(lines).toContain('Content-Security-Policy: sandbox');
    expect(lines).toContain('X-Content-Type-Options: nosniff');
  });

  test('is sandboxed without a Content-Type', async () => {
    expect(await headersFor('X-Any', '1')).toContain('Content-Security-Policy: sandbox');
  });

  test('keeps its own policy beside the sandbox', async () => {
    const own = "default-src 'self'; sandbox allow-scripts allow-same-origin";
    const lines = await headersFor('Content-Type', 'text/html', 'content-security-policy', own);
    expect(lines.filter((line) => /^content-security-policy:/i.test(line))).toEqual([
      `Content-Security-Policy: ${own}`,
      'Content-Security-Policy: sandbox',
    ]);
  });

  test.each(['application/json; charset=UTF-8', 'text/csv', 'image/png', 'application/pdf'])(
    'is not changed if it cannot run scripts: %s',
    async (type) => {
      const lines = await headersFor('Content-Type', type, 'x-content-type-options', 'sniff');
      expect(lines.join('\n')).not.toMatch(/content-security-policy/i);
      expect(lines.filter((line) => /^x-content-type-options:/i.test(line))).toEqual([
        'X-Content-Type-Options: nosniff',
      ]);
    },
  );
});

describe('a header name from the API', () => {
  // PHP clients look X-WP-Total up by this spelling and stop paging without it.
  test.each(['X-WP-Total', 'X-WP-TotalPages', 'x-lower', 'ETag', 'WWW-Authenticate', 'SHOUTING'])(
    'keeps its spelling: %s',
    async (name) => {
      expect(await headersFor('Content-Type', 'application/json', name, '7')).toContain(`${name}: 7`);
    },
  );

  test('keeps its spelling when it is sent twice', async () => {
    const lines = await headersFor('Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Vary', 'A', 'Vary', 'B');
    expect(lines).toEqual(expect.arrayContaining(['Set-Cookie: a=1', 'Set-Cookie: b=2', 'Vary: A, B']));
  });

  test('is removed in every spelling if it is hop-by-hop', async () => {
    const lines = await headersFor(
      'CONNECTION',
      'X-Gone',
      'X-Gone',
      '1',
      'Proxy-Authenticate',
      'Basic',
      'X-Kept',
      '1',
    );
    expect(lines.join('\n')).not.toMatch(/x-gone|proxy-authenticate/i);
    expect(lines).toContain('X-Kept: 1');
  });

  test('is joined with the link to the API', async () => {
    const lines = await headersFor('LINK', '<https://shop.example/page/2>; rel="next"');
    expect(lines.filter((line) => /^link:/i.test(line))).toEqual([
      `Link: <https://shop.example/page/2>; rel="next", <${store.url}/wp-json/>; rel="https://api.w.org/"`,
    ]);
  });
});
