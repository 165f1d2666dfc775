import type { Replacements, RunningProxy } from '../recipes/recipe';
import { startAuthService } from './auth-service';
import type { SignInProxy } from './describe-proxy-recipe';

type Ports = { readonly wcAuth: number };

/** Returns a function that starts a proxy together with the service that it asks who is there. */
export function startBesideAuthService(
  start: (ports: Ports, more: Replacements) => Promise<RunningProxy>,
): (ports: Ports) => Promise<SignInProxy> {
  return async (ports) => {
    const service = await startAuthService({
      ada: { user: 'id-of-ada', email: 'ada@corp.test', preferred_username: 'ada', groups: 'staff,ops' },
    });
    try {
      const proxy = await start(ports, [['127.0.0.1:4180', `127.0.0.1:${service.port}`]]);
      return {
        ...proxy,
        async stop() {
          await proxy.stop();
          await service.close();
        },
      };
    } catch (error) {
      await service.close();
      throw error;
    }
  };
}
