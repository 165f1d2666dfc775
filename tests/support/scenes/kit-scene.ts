import {
  createCallback,
  startStore,
  type Callback,
  type CallbackAnswer,
  type Store,
  type StoreOptions,
} from '../../../emulator';

/** Starts stores and callbacks of the test kit, and closes them after each test. */
export function kitScene() {
  const open: Pick<Store, 'close'>[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((part) => part.close()));
  });
  return {
    start: async (options?: StoreOptions): Promise<Store> => {
      const store = await startStore(options);
      open.push(store);
      return store;
    },
    callbackOf: async (store: Store, answer?: CallbackAnswer): Promise<Callback> => {
      const callback = await createCallback(store, answer);
      open.push(callback);
      return callback;
    },
  };
}

/** Returns the URL behind the Connect button of an app, with other parameters in `over`. */
export function connectUrl(
  store: Pick<Store, 'url'>,
  callbackUrl: string,
  over: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({
    app_name: 'Parcel Pilot',
    scope: 'read_write',
    user_id: '42',
    return_url: 'https://app.example/return',
    callback_url: callbackUrl,
    ...over,
  });
  return `${store.url}/wc-auth/v1/authorize?${query.toString().replaceAll('+', '%20')}`;
}

/** Returns the options of a request with the key in HTTP Basic. */
export const basic = (key: { readonly consumerKey: string; readonly consumerSecret: string }) => ({
  headers: { Authorization: `Basic ${btoa(`${key.consumerKey}:${key.consumerSecret}`)}` },
});
