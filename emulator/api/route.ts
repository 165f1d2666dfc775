import type { ApiError } from './api-error';
import type { Values } from './values';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request to a route. */
export interface Call {
  /** The parameters of the body and of the query. Those of the body come first, as in WordPress. */
  readonly given: Values;
  /** The query without keys and signatures, as pairs. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** What the groups of the pattern matched: `{ id: '12' }`. */
  readonly names: Readonly<Record<string, string>>;
  /** The address of the namespace: `https://localhost:8443/wp-json/wc/v3`. */
  readonly base: string;
}

export interface Answer {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns the number that a group of the pattern matched. */
export function idOf({ names }: Pick<Call, 'names'>, group: string): number {
  return Number(names[group] ?? 0);
}

export type Handler = (call: Call) => Answer;

/** A route below a namespace. */
export interface Route {
  /** The pattern, as the index of the API lists it: `orders/(?P<id>[\d]+)`. */
  readonly pattern: string;
  readonly methods: Readonly<Partial<Record<Method, Handler>>>;
  /** Returns the error that comes before the check of permissions, if there is one. */
  readonly early?: (method: Method, names: Call['names']) => ApiError | undefined;
}

/** Returns the handlers of a method that three names have. */
export const editable = (handler: Handler): Route['methods'] => ({
  POST: handler,
  PUT: handler,
  PATCH: handler,
});
