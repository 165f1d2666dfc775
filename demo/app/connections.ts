import { parseUrl } from '../../server/http/parse-url';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';

export const SCOPES = ['read', 'write', 'read_write'] as const;

/** How the app answers the store's callback; all but the first are there to see what the store makes of it. */
export const ANSWERS = ['at_once', 'slowly', 'with_an_error'] as const;

/** What is asked of a merchant before the store is asked. */
export const connectForm = z.object({
  store_url: z
    .string()
    .trim()
    .transform((value) => (value.includes('://') ? value : `https://${value}`))
    .refine((value) => /^https?:$/.test(parseUrl(value)?.protocol ?? ''), {
      message: 'That is not the address of a store. It looks like https://shop.example',
    })
    .transform((value) => value.replace(/\/+$/, '')),
  scope: z.enum(SCOPES, { message: 'Choose what the app may do.' }),
  user_id: z.string().min(1, 'Fill in who you are at this app.').max(200, 'That is too long.'),
  answer: z.enum(ANSWERS).default('at_once'),
});
export type Wish = z.infer<typeof connectForm>;

/** What the store posts to the callback: exactly these five fields. */
export const keyPair = z.strictObject({
  key_id: z.number().int().positive(),
  user_id: z.string(),
  consumer_key: z.string().regex(/^ck_[0-9a-f]{40}$/),
  consumer_secret: z.string().regex(/^cs_[0-9a-f]{40}$/),
  key_permissions: z.enum(SCOPES),
});
export type KeyPair = z.infer<typeof keyPair>;

/** What came of a request to the store. */
export interface CallResult {
  /** `GET http://shop.example/wp-json/…` */
  readonly request: string;
  readonly signature: string;
  /** None when the store did not answer. */
  readonly status: number | undefined;
  readonly body: string;
}

/** One wish to connect a store, from the button on. */
export interface Connection {
  /** Unguessable: it stands in the callback's address, and so vouches for whoever posts a key there. */
  readonly id: string;
  readonly wish: Wish;
  readonly askedAt: Date;
  /** How many times something was posted to its callback. */
  posts: number;
  received?: { readonly at: Date; readonly from: string; readonly keyPair: KeyPair };
  disconnectedAt?: Date;
  lastCall?: CallResult;
}

/** In memory: whoever starts the demo again starts with an app that knows nobody. */
export function connections() {
  const byId = new Map<string, Connection>();
  return {
    add(wish: Wish): Connection {
      const connection = { id: randomBytes(16).toString('hex'), wish, askedAt: new Date(), posts: 0 };
      byId.set(connection.id, connection);
      return connection;
    },
    find: (id: string): Connection | undefined => byId.get(id),
    newestFirst: (): Connection[] => [...byId.values()].reverse(),
  };
}
export type Connections = ReturnType<typeof connections>;
