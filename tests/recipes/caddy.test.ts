import { describeRecipe } from '../support/describe-recipe';
import { codeBlock, startCaddy } from '../support/recipe';

describeRecipe({
  program: 'caddy',
  start: (ports) => startCaddy(codeBlock('caddy.md', 'caddyfile'), ports),
  statusWhenDown: 502,
});
