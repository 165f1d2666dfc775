import { seedKey } from '../support/scenes/console-scene';
import { keyFormScene, type KeyFormScene } from '../support/scenes/key-form-scene';
import { textOf } from '../support/http/html-forms';

const DAY = 86_400_000;
let scene: KeyFormScene;
afterEach(() => scene.store.close());

describe('the lists', () => {
  beforeEach(async () => {
    scene = await keyFormScene();
  });
  const listed = async (query: string) =>
    [...(await scene.browser.get(`/keys${query}`)).body.matchAll(/class="row-link"[^>]*><bdi>([^<]*)</g)].map(
      ([, text]) => text,
    );

  test('have no column and no notice for ends if no key ends', async () => {
    await seedKey(scene.store);
    const { body } = await scene.browser.get('/keys');
    expect(body).not.toContain('notice-ending');
    expect(body).not.toMatch(/columnheader">Ends</);
  });

  test('show what ends and what is limited, and find what ends soon or has ended', async () => {
    await seedKey(scene.store, { description: 'Free' });
    await seedKey(scene.store, { description: 'In days', limits: { expiresAt: scene.clock() + 2 * DAY } });
    await seedKey(scene.store, { description: 'Later', limits: { expiresAt: scene.clock() + 15 * DAY } });
    await seedKey(scene.store, {
      description: 'Soon',
      owner: 'jonas',
      limits: { expiresAt: scene.clock() + 14 * DAY, resources: ['orders'] },
    });
    await seedKey(scene.store, {
      description: 'Sooner',
      limits: { expiresAt: scene.clock() + DAY, addresses: ['192.0.2.0/24', '::1/128'] },
    });
    await seedKey(scene.store, { description: 'Over', limits: { expiresAt: scene.clock() - 1 } });
    const { body } = await scene.browser.get('/keys');
    expect(textOf(body)).toContain('3 keys end within 14 days. 1 key has ended.');
    expect(body).toContain('href="/keys?ends=14"');
    expect(textOf(body)).toMatch(/Soon …\S+ jonas Read 1 group /);
    expect(textOf(body)).toMatch(/Sooner …\S+ manager Read 2 address ranges /);
    expect(body.match(/columnheader">Ends</g)).toHaveLength(1);
    expect(await listed('?ends=14')).toEqual(['Sooner', 'In days', 'Soon']);
    expect(await listed('?ends=ended')).toEqual(['Over']);
    expect(await listed('?ends=14&owner=jonas')).toEqual(['Soon']);
    expect(await listed('?ends=14&sort=created-asc')).toEqual(['In days', 'Soon', 'Sooner']);
    expect(await listed('?ends=')).toHaveLength(6);
    const newestFirst = ['Over', 'Sooner', 'Soon', 'Later', 'In days', 'Free'];
    // Without the filter, there is no order by the end.
    expect(await listed('?sort=ends-asc')).toEqual(newestFirst);
    const orders = async (query: string) =>
      [
        .../<select id="sort"[^]*?<\/select>/
          .exec((await scene.browser.get(`/keys${query}`)).body)![0]
          .matchAll(/value="([^"]*)"/g),
      ].map(([, order]) => order);
    expect((await orders('?ends=14'))[0]).toBe('ends-asc');
    expect((await orders(''))[0]).toBe('created-desc');
    for (const wrong of ['15', 'never', '14.0'])
      expect((await scene.browser.get(`/keys?ends=${wrong}`)).status).toBe(400);
    expect((await scene.browser.get('/keys?ends[]=14')).status).toBe(400);
  });

  test('of apps say when the last key of an app ends, or that it has ended', async () => {
    const app = (appName: string) => ({ appName, callbackOrigin: 'https://a.example' });
    await seedKey(scene.store, { app: app('Alpha'), limits: { expiresAt: scene.clock() + 3 * DAY } });
    await seedKey(scene.store, { app: app('Alpha'), limits: { expiresAt: scene.clock() + 5 * DAY } });
    await seedKey(scene.store, { app: app('Beta'), limits: { expiresAt: scene.clock() - 1 } });
    await seedKey(scene.store, { app: app('Gamma'), limits: { expiresAt: scene.clock() + 3 * DAY } });
    await seedKey(scene.store, { app: app('Gamma') });
    const { body } = await scene.browser.get('/apps');
    const [alpha, beta, gamma] = body
      .split('<li>')
      .filter((one) => one.includes('app-name'))
      .map(textOf);
    expect(alpha).toContain('Ends in 5 days');
    expect(beta).toContain('Ended');
    expect(gamma).not.toMatch(/End/);
  });

  test('on confirmation pages say that a key has ended or ends', async () => {
    await seedKey(scene.store, { limits: { expiresAt: scene.clock() - 1 } });
    await seedKey(scene.store, { limits: { expiresAt: scene.clock() + 3 * DAY, resources: ['orders'] } });
    const text = textOf((await scene.browser.get('/keys/revoke?key_id[]=1&key_id[]=2')).body);
    expect(text).toMatch(/Ended now 2026-01-31 09:05:06 UTC/);
    expect(text).toMatch(/Ends in 3 days .* 1 group/);
  });
});
