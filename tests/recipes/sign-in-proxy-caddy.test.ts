import { namedBlocks, startCaddy } from '../support/recipes/recipe';
import { describeProxyRecipe } from '../support/sign-in/describe-proxy-recipe';
import { startBesideAuthService } from '../support/sign-in/start-beside-auth-service';

describeProxyRecipe({
  program: 'caddy',
  logoutPath: '/oauth2/sign_out?rd=%2Flogin',
  start: startBesideAuthService((ports, more) =>
    startCaddy(namedBlocks('sign-in.md').get('sign-in.caddyfile') ?? '', ports, more),
  ),
});
