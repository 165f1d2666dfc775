import { describeRecipe } from '../support/recipes/describe-recipe';
import { codeBlock, startNginx } from '../support/recipes/recipe';

describeRecipe({
  program: 'nginx',
  start: (ports) => startNginx(codeBlock('nginx.md', 'nginx'), ports),
  statusWhenDown: 503,
});
