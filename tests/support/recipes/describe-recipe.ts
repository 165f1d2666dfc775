import { basicHeader, eventually } from '../scenes/rest-scene';
import { canRun } from './recipe';
import { describeAddresses } from './describe-addresses';
import { describeCookies } from './describe-cookies';
import { describeForgedHeaders } from './describe-forged-headers';
import { describeHopByHop } from './describe-hop-by-hop';
import { describeKeys, describeUnseenBodies } from './describe-keys';
import { PATH, recipeScene, type Recipe } from './recipe-scene';

/** Defines the tests that every recipe of docs/ must pass. */
export function describeRecipe(recipe: Recipe): void {
  const { program, statusWhenDown } = recipe;
  (canRun(program) ? describe : describe.skip)(`docs/${program}.md, run by ${program}`, () => {
    const scene = recipeScene(recipe);

    describeKeys(scene);
    describeUnseenBodies(scene);
    describeForgedHeaders(scene);
    describeHopByHop(scene);
    describeCookies(scene);
    describeAddresses(scene);

    test('the proxy passes the pages and routes of wc-auth-server', async () => {
      const login = await scene.sent('/login');
      expect(login.status).toBe(200);
      expect(login.text).toMatch(/<form/);
    });

    // This test is the last, because it stops wc-auth-server.
    test('a correct key is rejected while wc-auth-server does not answer', async () => {
      await scene.store.close();
      const answer = await scene.sent(PATH, { headers: [basicHeader(scene.key)] });
      expect(answer.status).toBe(statusWhenDown);
      expect(scene.api.requests).toEqual([]);
    });
  });

  (canRun(program) ? describe : describe.skip)(`docs/${program}.md, with a low limit on wrong keys`, () => {
    const scene = recipeScene(recipe, { FAILED_KEYS_PER_ADDRESS: '2' });

    test('a client over the limit learns when to retry', async () => {
      const wrong = basicHeader({ ...scene.key, consumerSecret: 'cs_wrong' });
      // The server counts failures up to a quarter of a second later.
      const answer = await eventually(async () => {
        const rejected = await scene.sent(PATH, { headers: [wrong] });
        return rejected.status === 401 ? undefined : rejected;
      });
      expect(scene.rejection(answer).status).toBe(403);
      expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    });
  });
}
