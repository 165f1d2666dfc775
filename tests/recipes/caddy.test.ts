import { describeRecipe } from '../support/recipes/describe-recipe';
import { codeBlock, startCaddy } from '../support/recipes/recipe';

describeRecipe({
  program: 'caddy',
  start: (ports) => startCaddy(codeBlock('caddy.md', 'caddyfile'), ports),
  statusWhenDown: 502,
});
