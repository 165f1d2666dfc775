import { setTimeout as wait } from 'node:timers/promises';
import type { HttpBrowser } from '../support/http-browser';
import type { HttpsReceiver } from '../support/https-receiver';
import type { Ledger } from './ledger';
import type { Random } from './random';

/** One life of the server, from when it listens until it is killed, and who works with it. */
export interface Scene {
  readonly url: string;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly apps: HttpsReceiver;
  /** Signed in before the first kill; their sessions have to outlive them all. */
  readonly managers: readonly HttpBrowser[];
  /** What was answered that must not be. */
  readonly failures: string[];
}

/** Up to this many milliseconds, so that the clients do not go in step. */
export const pause = (random: Random, most: number): Promise<unknown> => wait(random.between(0, most));
