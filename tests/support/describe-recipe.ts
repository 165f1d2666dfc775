import { basicHeader } from './rest-scene';
import { canRun } from './recipe';
import { describeAddresses } from './recipes/describe-addresses';
import { describeCookies } from './recipes/describe-cookies';
import { describeForgedHeaders } from './recipes/describe-forged-headers';
import { describeHopByHop } from './recipes/describe-hop-by-hop';
import { describeKeys } from './recipes/describe-keys';
import { PATH, recipeScene, type Recipe } from './recipes/recipe-scene';

/** What every recipe of docs/ has to hold. */
export function describeRecipe(recipe: Recipe): void {
  const { program, statusWhenDown } = recipe;
  (canRun(program) ? describe : describe.skip)(`docs/${program}.md, run by ${program}`, () => {
    const scene = recipeScene(recipe);

    describeKeys(scene);
    describeForgedHeaders(scene);
    describeHopByHop(scene);
    describeCookies(scene);
    describeAddresses(scene);

    test('pages and routes of wc-auth-server are reached through the proxy', async () => {
      const login = await scene.sent('/login');
      expect(login.status).toBe(200);
      expect(login.text).toMatch(/<form/);
    });

    // Last: it stops wc-auth-server.
    test('a right key is not let in while wc-auth-server does not answer', async () => {
      await scene.store.close();
      const answer = await scene.sent(PATH, { headers: [basicHeader(scene.key)] });
      expect(answer.status).toBe(statusWhenDown);
      expect(scene.api.requests).toEqual([]);
    });
  });
}
