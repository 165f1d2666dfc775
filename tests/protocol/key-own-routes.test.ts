import express, { type Express } from 'express';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { NO_LIMITS, type KeyLimits } from '../../server/consumer-keys/key-limits';
import { verdict } from '../support/http/endpoints';
import { listening } from '../support/http/listening';
import { exchange, requestBytes } from '../support/http/raw-http';
import { basicHeader, issueKey } from '../support/scenes/rest-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

const HTTPS = ['X-Forwarded-Proto', 'https'] as const;

describe('the group that a program names for its own route', () => {
  let store: TestStore;
  let keys: Record<'orders' | 'other' | 'both' | 'all', IssuedKey>;
  beforeAll(async () => {
    store = await startTestStore({ env: { TRUST_PROXY: 'loopback' } });
    const opening = (resources: KeyLimits['resources']) =>
      issueKey(store, 'read_write', { limits: { ...NO_LIMITS, resources } });
    keys = {
      orders: await opening(['orders']),
      other: await opening(['other']),
      both: await opening(['orders', 'other']),
      all: await opening(null),
    };
  });
  afterAll(async () => {
    await store.app.close();
    await store.close();
  });

  async function outcomes(build: (app: Express) => void, target: string) {
    const app = express();
    build(app);
    const base = await listening(app);
    const answers = Object.entries(keys).map(async ([name, key]) => {
      const answer = await exchange(base.url, requestBytes('GET', target, [basicHeader(key), HTTPS]));
      const result = verdict(answer);
      return [
        name,
        result === 'accepted' ? result : (answer.json()['data'] as { resource: unknown }).resource,
      ];
    });
    const settled = await Promise.all(answers);
    await base.close();
    return Object.fromEntries(settled) as unknown;
  }
  const ok = (_request: unknown, response: express.Response) => void response.json({});
  const guard = (needs?: Parameters<TestStore['app']['requireConsumerKey']>[0]) =>
    store.app.requireConsumerKey(needs);

  test('is rejected when the middleware is made, if there is no such group', () => {
    for (const name of ['order', '', 'constructor', 'Orders'])
      expect(() => guard({ resource: name as 'orders' })).toThrow(
        `there is no resource "${name}". Use orders, customers,`,
      );
  });

  test('decides outside the REST API, in place of `other`', async () => {
    expect(await outcomes((app) => app.get('/labels', guard(), ok), '/labels')).toEqual({
      orders: 'other',
      other: 'accepted',
      both: 'accepted',
      all: 'accepted',
    });
    expect(await outcomes((app) => app.get('/labels', guard({ resource: 'orders' }), ok), '/labels')).toEqual(
      { orders: 'accepted', other: 'orders', both: 'accepted', all: 'accepted' },
    );
  });

  test('is needed in addition to the group of a REST route', async () => {
    const target = '/wp-json/wp/v2/labels';
    expect(await outcomes((app) => app.get(target, guard({ resource: 'orders' }), ok), target)).toEqual({
      orders: 'other',
      other: 'orders',
      both: 'accepted',
      all: 'accepted',
    });
  });

  test('is checked when the middleware is mounted on the app and again on the route', async () => {
    const build = (app: Express) => app.use(guard()).get('/labels', guard({ resource: 'orders' }), ok);
    expect(await outcomes(build, '/labels')).toEqual({
      orders: 'other',
      other: 'orders',
      both: 'accepted',
      all: 'accepted',
    });
    const nested = (app: Express) =>
      app.use('/api', guard({ resource: 'orders' }), express.Router().get('/labels', guard(), ok));
    expect(await outcomes(nested, '/api/labels')).toMatchObject({ orders: 'accepted', other: 'orders' });
  });

  test('lets no key pass under another spelling of the API’s path', async () => {
    const build = (app: Express) => app.get('/wp-json/wc/v3/customers', guard(), ok);
    expect(await outcomes(build, '/WP-JSON/wc/v3/customers')).toEqual({
      orders: 'customers',
      other: 'customers',
      both: 'customers',
      all: 'accepted',
    });
  });
});
