import type { Agent } from 'node:https';

// The public types of `wc-auth-server/testing`.

/** What a key may do, with the words of the wire. */
export type Permissions = 'read' | 'write' | 'read_write';

/** An account of the store. */
export interface StoreUser {
  readonly login: string;
  /** Default: `correct horse battery`. */
  readonly password?: string;
  /** Default: the login at `store.example`. */
  readonly email?: string;
  /** Default: `shop_manager`. A customer can sign in, but cannot approve. */
  readonly role?: 'administrator' | 'shop_manager' | 'customer';
}

/** What the store holds at its start. Omitted fields get values. */
export interface StoreData {
  readonly products?: object[];
  readonly orders?: object[];
  readonly customers?: object[];
  readonly coupons?: object[];
}

export interface StoreOptions {
  /** Default: `https`, with a certificate of `Store.ca`. */
  readonly scheme?: 'https' | 'http';
  /** Default: 0, which takes any free port. */
  readonly port?: number;
  readonly name?: string;
  /** Default: the shop manager `manager`. */
  readonly users?: readonly StoreUser[];
  readonly data?: StoreData;
  /** The store's clock, in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
  /** PEM of further authorities that certificates of callbacks may come from. */
  readonly trust?: string | readonly string[];
  /** Whether the store rejects what WooCommerce would reject. Default: false, with warnings only. */
  readonly strict?: boolean;
}

/** The five fields that the callback receives. */
export interface CallbackBody {
  readonly key_id: number;
  /** The app's own id, as it was in the connect URL. */
  readonly user_id: string;
  readonly consumer_key: string;
  readonly consumer_secret: string;
  readonly key_permissions: Permissions;
}

export interface Key {
  readonly keyId: number;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly permissions: Permissions;
}

/** A place where WooCommerce behaves differently from this store. */
export interface Warning {
  /** Such as `return-url-app-scheme`. docs/testing.md lists all of them. */
  readonly code: string;
  /**
   * `breaks`: WooCommerce rejects, changes or loses what works here. `code`: WooCommerce answers
   * with another status, code or text.
   */
  readonly severity: 'breaks' | 'code';
  /** The parameter of the connect URL or of the request that the warning is about. */
  readonly parameter?: string;
  /** What WooCommerce does, with the value as it would arrive there. */
  readonly message: string;
  /** What to change in the app. */
  readonly help: string;
}

/** The outcome of an approved request. */
export interface Granted {
  /** Where the browser was sent. */
  readonly returnedTo: string;
  readonly callback: { readonly url: string; readonly status: number; readonly body: CallbackBody };
  readonly key: Key;
  readonly warnings: Warning[];
}

/** A request to the store's REST API. */
export interface ApiRequest {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** Without keys, secrets and signatures, and without the question mark. */
  readonly query: string;
  /** The key that was verified. */
  readonly keyId?: number;
  readonly status: number;
  /** Milliseconds since 1970, by the store's clock. */
  readonly at: number;
}

/** What goes wrong on purpose. */
export interface Faults {
  /**
   * `unreachable` and `timeout` end the grant as such a failure does, without waiting. `duplicate`
   * delivers the same body twice. `read-only` grants a key that can only read, whatever was asked.
   */
  readonly callback?: 'unreachable' | 'timeout' | 'duplicate' | 'read-only';
  readonly api?: {
    /** The status that fails, from 400 to 599. */
    readonly status: number;
    /** Every how many requests. Default: 1, each of them. */
    readonly every?: number;
    /** The `Retry-After` header, in seconds. */
    readonly retryAfter?: number;
    /** Which paths fail. Default: all. */
    readonly path?: RegExp;
  };
}

/** A running store. */
export interface Store {
  /** Without a final slash, such as `https://localhost:41234`. */
  readonly url: string;
  /** The authority of the store's certificate, in PEM. */
  readonly ca: string;
  /** For `node:https`. It trusts `ca`. */
  readonly agent: Agent;
  /** `fetch` that trusts `ca`, besides the usual authorities. */
  readonly fetch: typeof fetch;
  /**
   * Signs in, approves the request of a connect URL, and resolves when the callback has answered.
   *
   * @throws ConnectError if the request is rejected or the callback fails, with the reason that the
   * page shows. StrictError in strict mode, if WooCommerce would break it.
   */
  readonly approve: (connectUrl: string, options?: { readonly as?: string }) => Promise<Granted>;
  /** Signs in and denies. Throws as `approve` does. */
  readonly deny: (
    connectUrl: string,
    options?: { readonly as?: string },
  ) => Promise<{ readonly returnedTo: string; readonly warnings: Warning[] }>;
  /** Creates a key without a grant, as a store's manager can. */
  readonly createKey: (options: {
    readonly permissions: Permissions;
    readonly user?: string;
    readonly description?: string;
  }) => Promise<Key>;
  readonly keys: () => Promise<Omit<Key, 'consumerSecret'>[]>;
  readonly revoke: (keyId: number) => Promise<void>;
  /** Every request to the REST API, oldest first. */
  readonly requests: ApiRequest[];
  /** Every warning, oldest first. */
  readonly warnings: Warning[];
  /** Makes something go wrong from now on. Without an argument, nothing does. */
  readonly fail: (faults?: Faults) => void;
  /** Brings the store back to its start: no keys, the first data, no faults. */
  readonly reset: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** An app's callback. */
export interface Callback {
  /** For `callback_url`, such as `https://localhost:41235/callback`. */
  readonly url: string;
  readonly received: CallbackBody[];
  readonly close: () => Promise<void>;
}

/** How the callback answers. Default: status 200 with an empty body, at once. */
export type CallbackAnswer = (body: CallbackBody) => Answer | Promise<Answer>;

interface Answer {
  readonly status?: number;
  readonly body?: string;
  readonly delayMs?: number;
}
