import { createCallback } from '../callback';
import type { Callback, CallbackBody, Store } from '../store';
import { ControlError } from './control-request';

/** What a callback answers to one delivery. */
export interface CallbackReply {
  readonly status?: number | undefined;
  readonly body?: string | undefined;
  readonly delay_ms?: number | undefined;
}

interface ShownCallback {
  readonly id: string;
  readonly url: string;
  /** Oldest first. */
  readonly received: readonly CallbackBody[];
}

export type ControlledCallbacks = ReturnType<typeof controlledCallbacks>;

const OPEN_MAX = 100;

/** Keeps the callbacks that the control API created. */
export function controlledCallbacks(store: Pick<Store, 'url'>) {
  const open = new Map<string, Callback>();
  let count = 0;

  function existing(id: string): Callback {
    const callback = open.get(id);
    if (callback) return callback;
    throw new ControlError(
      404,
      'no_callback',
      `There is no callback ${id}. GET /_emulator/callbacks lists the callbacks.`,
    );
  }
  const shown = (id: string, { url, received }: Callback): ShownCallback => ({ id, url, received });

  return {
    /** Creates a callback. It gives the answers in their order, and repeats the last. */
    async open(answers: readonly CallbackReply[]): Promise<ShownCallback> {
      if (open.size >= OPEN_MAX)
        throw new ControlError(
          400,
          'too_many_callbacks',
          `There are ${OPEN_MAX} callbacks. Close some with DELETE /_emulator/callbacks/ID.`,
        );
      let next = 0;
      const callback = await createCallback(store, () => {
        const { status, body, delay_ms: delayMs } = answers[next] ?? {};
        if (next < answers.length - 1) next++;
        return {
          ...(status === undefined ? {} : { status }),
          ...(body === undefined ? {} : { body }),
          ...(delayMs === undefined ? {} : { delayMs }),
        };
      });
      const id = String(++count);
      open.set(id, callback);
      return shown(id, callback);
    },
    find: (id: string) => shown(id, existing(id)),
    list: () => [...open].map(([id, callback]) => shown(id, callback)),
    async close(id: string): Promise<void> {
      const callback = existing(id);
      open.delete(id);
      await callback.close();
    },
    async closeAll(): Promise<void> {
      const all = [...open.values()];
      open.clear();
      await Promise.all(all.map((callback) => callback.close()));
    },
  };
}
