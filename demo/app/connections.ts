import { parseUrl } from '../../server/http/parse-url';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ANSWER_NAMES } from './answers';

export const SCOPES = ['read', 'write', 'read_write'] as const;

/** The form in which a merchant names the store. */
export const connectForm = z.object({
  store_url: z
    .string()
    .trim()
    .transform((value) => (value.includes('://') ? value : `https://${value}`))
    .refine((value) => /^https?:$/.test(parseUrl(value)?.protocol ?? ''), {
      message: 'Enter the address of a store, such as https://shop.example',
    })
    .transform((value) => value.replace(/\/+$/, '')),
  scope: z.enum(SCOPES, { message: 'Choose what the app may do.' }),
  user_id: z.string().min(1, 'Enter your account at this app.').max(200, 'Enter at most 200 characters.'),
  answer: z.enum(ANSWER_NAMES, { message: 'Choose how the app answers.' }).default('at_once'),
});
export type ConnectRequest = z.infer<typeof connectForm>;

/** What the store posts to the callback: exactly these five fields. */
export const keyPair = z.strictObject({
  key_id: z.number().int().positive(),
  user_id: z.string(),
  consumer_key: z.string().regex(/^ck_[0-9a-f]{40}$/),
  consumer_secret: z.string().regex(/^cs_[0-9a-f]{40}$/),
  key_permissions: z.enum(SCOPES),
});
export type KeyPair = z.infer<typeof keyPair>;

/** A request to the store and its response. */
export interface CallResult {
  /** `GET http://shop.example/wp-json/…` */
  readonly request: string;
  readonly signature: string;
  /** `undefined` if the store did not answer. */
  readonly status: number | undefined;
  readonly body: string;
}

/** A connection to a store, from the press of the button on. */
export interface Connection {
  /** A random id. It is part of the callback's URL, so that only the store can post a key there. */
  readonly id: string;
  readonly wish: ConnectRequest;
  readonly askedAt: Date;
  /** The number of requests to its callback. */
  posts: number;
  received?: { readonly at: Date; readonly from: string; readonly keyPair: KeyPair };
  disconnectedAt?: Date;
  lastCall?: CallResult;
}

/**
 * Returns the store of connections. They are in memory, so the app forgets them when the demo
 * stops.
 */
export function connections() {
  const byId = new Map<string, Connection>();
  return {
    add(wish: ConnectRequest): Connection {
      const connection = { id: randomBytes(16).toString('hex'), wish, askedAt: new Date(), posts: 0 };
      byId.set(connection.id, connection);
      return connection;
    },
    find: (id: string): Connection | undefined => byId.get(id),
    newestFirst: (): Connection[] => [...byId.values()].reverse(),
  };
}
export type Connections = ReturnType<typeof connections>;
