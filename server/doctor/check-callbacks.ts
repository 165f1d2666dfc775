import type { CallbackStep } from '../callback-delivery/try-callback';
import { failureIn } from '../callback-delivery/try-callback';
import { describeFailure, describeFix } from '../callback-delivery/describe-failure';
import type { AppListReader } from '../consumer-keys/app-list-reader';
import type { Messages } from '../pages/messages';
import { ok, warning, type Finding } from './finding';

/** Each check opens a connection to another organization's server. */
const HOSTS_MAX = 20;

export interface CallbackCheckDependencies {
  readonly appList: Pick<AppListReader, 'callbackOrigins'>;
  /** Checks one callback by the rules of the delivery, and sends no body. */
  readonly trial: (url: string, send: false) => Promise<readonly CallbackStep[]>;
  readonly messages: Messages;
}

/** Checks whether a grant could deliver a key to the apps that have one, the newest first. */
export async function checkCallbacks({
  appList,
  trial,
  messages,
}: CallbackCheckDependencies): Promise<Finding[]> {
  const stored = await appList.callbackOrigins(HOSTS_MAX + 1);
  const checked = stored.slice(0, HOSTS_MAX);
  if (checked.length === 0) return [ok('callbacks', 'No app is connected yet.')];
  const failed = (
    await Promise.all(
      checked.map(async (origin) => {
        const { host } = new URL(origin);
        const failure = (await trial(`${origin}/`, false))
          .map(failureIn)
          .find((found) => found !== undefined);
        return failure === undefined
          ? []
          : [
              warning(
                'callbacks',
                `${host}: ${describeFailure(messages, failure)} A new key could not be delivered.`,
                describeFix(messages, failure, origin),
              ),
            ];
      }),
    )
  ).flat();
  const reached = checked.length - failed.length;
  const of = stored.length > HOSTS_MAX ? `of the newest ${HOSTS_MAX}` : `of ${checked.length}`;
  const summary = `${reached} ${of} callback ${checked.length === 1 ? 'host' : 'hosts'} can be reached.`;
  return reached > 0 ? [ok('callbacks', summary), ...failed] : failed;
}
