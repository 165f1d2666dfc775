import { setTimeout as wait } from 'node:timers/promises';
import type { HttpBrowser } from '../support/http/http-browser';
import type { Services } from '../../server/services';
import type { HttpsReceiver } from '../support/http/https-receiver';
import type { Ledger } from './ledger';
import type { Random } from './random';

/** One life of the server, from its start to its kill, and the clients that use it. */
export interface Scene {
  readonly url: string;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly apps: HttpsReceiver;
  /** Managers who signed in before the first kill. Their sessions must survive all kills. */
  readonly managers: readonly HttpBrowser[];
  /** Changes keys in this process, as a command does. */
  readonly administration: Pick<Services, 'consumerKeys' | 'users' | 'keyAdministration'>;
  /** Answers that are not allowed. */
  readonly failures: string[];
}

/** Waits up to this many milliseconds, so that the clients do not move in step. */
export const pause = (random: Random, most: number): Promise<unknown> => wait(random.between(0, most));
