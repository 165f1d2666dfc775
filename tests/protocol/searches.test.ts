import { textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { seedKey } from '../support/scenes/console-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let manager: HttpBrowser;
beforeAll(async () => {
  store = await startTestStore();
  await store.addUser('élodie', 'shop_manager');
  await seedKey(store, { description: 'ÉLAN Versand', owner: 'élodie', app: { appName: 'Ёлка Größe' } });
  await seedKey(store, { description: 'Stock 100%_sure', app: { appName: 'Lamp' } });
  await store.app.audit.record({
    event: 'grant.denied',
    at: Date.now(),
    login: 'Zoé.Gone',
    appName: 'Lamp',
    callbackOrigin: 'https://lamp.example',
    detail: {},
  });
  manager = await store.signIn();
});
afterAll(() => store.close());

const found = async (path: string, search: string) =>
  textOf(/<main[\s\S]*<\/main>/.exec((await manager.get(path + encodeURIComponent(search))).body)?.[0] ?? '');

test.each([
  ['/keys?search=', 'élan', 'ÉLAN Versand'],
  ['/keys?search=', 'Élan v', 'ÉLAN Versand'],
  ['/keys?search=', 'éLAN', 'ÉLAN Versand'],
  ['/keys?search=', 'ёлка', 'ÉLAN Versand'],
  ['/keys?search=', 'ЁЛКА grÖ', 'ÉLAN Versand'],
  ['/keys?search=', 'STOCK 100%_', 'Stock 100%_sure'],
  ['/apps?search=', 'ёлКА', 'Ёлка Größe'],
  ['/apps?search=', 'ÉLODIE', 'Ёлка Größe'],
  ['/users?search=', 'ÉLODIE', 'élodie'],
  ['/users?search=', 'e\u0301lodie', 'élodie'],
  ['/history?person=', 'zoÉ.gone', 'Zoé.Gone'],
])('%s%s finds "%s" in any case of letters', async (path, search, expected) => {
  expect(await found(path, search)).toContain(expected);
});

test.each([
  ['/keys?search=', 'elan', 'ÉLAN Versand'],
  ['/keys?search=', 'é%n', 'ÉLAN Versand'],
  ['/keys?search=', 'é_an', 'ÉLAN Versand'],
  ['/keys?search=', 'stock 1000', 'Stock 100%_sure'],
  ['/apps?search=', 'ёлкаx', 'Ёлка Größe'],
  ['/history?person=', 'zoé', 'Zoé.Gone'],
  ['/history?person=', 'zoé%', 'Zoé.Gone'],
  ['/history?person=', 'zoé_gone', 'Zoé.Gone'],
])('%s%s does not find "%s"', async (path, search, unexpected) => {
  expect(await found(path, search)).not.toContain(unexpected);
});
