import { namedBlocks } from '../support/recipes/recipe';
import { freePort } from '../support/http/free-port';
import { describeProxyRecipe } from '../support/sign-in/describe-proxy-recipe';
import { CLIENT_SECRET, startIdentityProvider } from '../support/sign-in/identity-provider';
import { startApache } from '../support/sign-in/start-apache';

describeProxyRecipe({
  program: 'apache2',
  logoutPath: '/oidc-sign-in?logout=ORIGIN%2Flogin',
  async start({ wcAuth }) {
    const [provider, https] = await Promise.all([startIdentityProvider(), freePort()]);
    const stopProvider = async (error: unknown) => {
      await provider.stop();
      throw error;
    };
    await provider.serve(`https://127.0.0.1:${https}`);
    await provider.setAccount('ada', { email: 'ada@corp.test', name: 'Ada', groups: ['staff', 'ops'] });
    const proxy = await startApache(
      namedBlocks('sign-in.md').get('sign-in-apache.conf') ?? '',
      { wcAuth, https },
      [
        ['https://id.shop.example', provider.issuer],
        ['the secret of this client', CLIENT_SECRET],
      ],
    ).catch(stopProvider);
    return {
      ...proxy,
      async stop() {
        await proxy.stop();
        await provider.stop();
      },
    };
  },
});
