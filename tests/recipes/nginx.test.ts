import { describeRecipe } from '../support/describe-recipe';
import { codeBlock, startNginx } from '../support/recipe';

describeRecipe({
  program: 'nginx',
  start: (ports) => startNginx(codeBlock('nginx.md', 'nginx'), ports),
  statusWhenDown: 503,
});
