import { namedBlocks, startNginx } from '../support/recipes/recipe';
import { describeProxyRecipe } from '../support/sign-in/describe-proxy-recipe';
import { startBesideAuthService } from '../support/sign-in/start-beside-auth-service';

describeProxyRecipe({
  program: 'nginx',
  logoutPath: '/oauth2/sign_out?rd=%2Flogin',
  start: startBesideAuthService((ports, more) =>
    startNginx(namedBlocks('sign-in.md').get('sign-in-nginx.conf') ?? '', ports, more),
  ),
});
