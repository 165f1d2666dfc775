import { ENDPOINTS, openEndpoint } from '../support/http/endpoints';
import { issueKey, NOW, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore } from '../support/store/test-store';

describe.each(ENDPOINTS)('OAUTH_DEBUG=1 at the endpoint %s', (name) => {
  test.each(['1', '0'])(
    'explains a rejected signature or timestamp, and OAUTH_DEBUG=0 does not: %s',
    async (setting) => {
      const store = await startTestStore({
        clock: fakeClock(NOW * 1000),
        env: { TRUST_PROXY: 'loopback', OAUTH_DEBUG: setting },
      });
      const key = await issueKey(store);
      const endpoint = await openEndpoint(name, store);
      const ask = (target: string) => endpoint.send({ target, secure: false });
      const path = '/wp-json/wc/v3/products';
      const params = [
        ['search', 'a b'],
        ['client_secret', 'hush'],
        ['note', `my ${key.consumerSecret}`],
      ] as const;

      const wrong = await ask(signedTarget({ ...key, consumerSecret: 'cs_wrong' }, { path, params }));
      const late = await ask(signedTarget(key, { timestamp: NOW - 1234 }));
      expect([wrong.status, late.status]).toEqual([401, 401]);
      expect(wrong.json().message).toBe('Invalid signature - provided signature does not match.');
      if (setting === '1') {
        const strings = wrong.json().data['base_strings'] as string[];
        const start = `GET&http%3A%2F%2Fstore.test${path.replaceAll('/', '%2F')}&client_secret%3DREDACTED%26note%3D`;
        expect(strings.some((text) => text.startsWith(start))).toBe(true);
        expect(strings.some((text) => text.startsWith(`GET&${encodeURIComponent(store.url)}`))).toBe(true);
        expect(strings.every((text) => text.includes('search%3Da%2520b'))).toBe(true);
        expect(late.json().data).toEqual({ status: 401, clock_skew_seconds: -1234 });
      } else {
        expect(wrong.json().data).toEqual({ status: 401 });
        expect(late.json().data).toEqual({ status: 401 });
      }
      for (const secret of ['hush', key.consumerSecret]) expect(wrong.text).not.toContain(secret);
      expect((wrong.headers['x-wc-refusal'] ?? '').length).toBeLessThan(300);

      const form = await endpoint.send({
        target: signedTarget({ ...key, consumerSecret: 'x' }, { method: 'POST' }),
        method: 'POST',
        secure: false,
        headers: [['Content-Type', 'application/x-www-form-urlencoded']],
        body: `a=${'x'.repeat(200_000)}`,
      });
      expect(form.status).toBe(401);
      expect(form.text.length).toBeLessThan(200_000);

      await endpoint.close();
      await store.app.close();
      await store.close();
    },
  );
});
