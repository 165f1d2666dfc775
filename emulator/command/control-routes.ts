import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { Faults, Store, StoreUser } from '../store';
import type { ControlledCallbacks } from './controlled-callbacks';
import { ControlError, jsonBody } from './control-request';
import { faultsOf, faultsShape } from './faults-body';
import { faultsJson, grantedJson, keyJson, listedKeyJson, requestJson, warningJson } from './json';

export interface ControlAnswer {
  readonly status: number;
  readonly json?: unknown;
}

/** An endpoint of the control API. docs/emulator-openapi.yaml describes each of them. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/_emulator`, with at most one `{…}` at its end. */
  readonly path: string;
  /** `parameter` is the value of `{…}`. */
  readonly answer: (request: IncomingMessage, parameter: string) => Promise<ControlAnswer>;
}

export interface ControlRoutesDependencies {
  readonly store: Store;
  readonly name: string;
  readonly users: readonly Required<StoreUser>[];
  readonly strict: boolean;
  /** What goes wrong after a reset, and from the start. */
  readonly firstFaults: Faults;
  readonly callbacks: ControlledCallbacks;
}

const ok = (json: unknown): ControlAnswer => ({ status: 200, json });
const NOTHING: ControlAnswer = { status: 204 };

/** Returns the endpoints of the control API. They do what the test kit does. */
export function controlRoutes(dependencies: ControlRoutesDependencies): ControlRoute[] {
  return [
    ...grantRoutes(dependencies),
    ...keyRoutes(dependencies),
    ...storeRoutes(dependencies),
    ...callbackRoutes(dependencies),
  ];
}

const connectShape = z.strictObject({ connect_url: z.string(), as: z.string().optional() });

function grantRoutes({ store }: Pick<ControlRoutesDependencies, 'store'>): ControlRoute[] {
  return [
    {
      method: 'POST',
      path: '/approve',
      async answer(request) {
        const { connect_url: url, as } = await jsonBody(request, connectShape);
        return ok(grantedJson(await store.approve(url, as === undefined ? {} : { as })));
      },
    },
    {
      method: 'POST',
      path: '/deny',
      async answer(request) {
        const { connect_url: url, as } = await jsonBody(request, connectShape);
        const { returnedTo, warnings } = await store.deny(url, as === undefined ? {} : { as });
        return ok({ returned_to: returnedTo, warnings: warnings.map(warningJson) });
      },
    },
  ];
}

const keyShape = z.strictObject({
  permissions: z.enum(['read', 'write', 'read_write']),
  user: z.string().optional(),
  description: z.string().optional(),
});

function keyRoutes({ store }: Pick<ControlRoutesDependencies, 'store'>): ControlRoute[] {
  return [
    {
      method: 'GET',
      path: '/keys',
      answer: async () => ok({ keys: (await store.keys()).map(listedKeyJson) }),
    },
    {
      method: 'POST',
      path: '/keys',
      async answer(request) {
        const { permissions, user, description } = await jsonBody(request, keyShape);
        const key = await store.createKey({
          permissions,
          ...(user === undefined ? {} : { user }),
          ...(description === undefined ? {} : { description }),
        });
        return { status: 201, json: keyJson(key) };
      },
    },
    {
      method: 'DELETE',
      path: '/keys/{key_id}',
      async answer(_request, id) {
        const keys = await store.keys();
        if (!keys.some(({ keyId }) => String(keyId) === id))
          throw new ControlError(404, 'no_key', `There is no key ${id}. GET /_emulator/keys lists the keys.`);
        await store.revoke(Number(id));
        return NOTHING;
      },
    },
  ];
}

function storeRoutes({
  store,
  name,
  users,
  strict,
  firstFaults,
}: Omit<ControlRoutesDependencies, 'callbacks'>): ControlRoute[] {
  let faults = firstFaults;
  const fail = (next: Faults) => {
    store.fail(next);
    faults = next;
  };
  return [
    {
      method: 'GET',
      path: '/state',
      answer: () =>
        Promise.resolve(
          ok({
            url: store.url,
            name,
            ca: store.ca,
            strict,
            users: users.map(({ login, password, email, role }) => ({ login, password, email, role })),
            faults: faultsJson(faults),
          }),
        ),
    },
    {
      method: 'GET',
      path: '/requests',
      answer: () => Promise.resolve(ok({ requests: store.requests.map(requestJson) })),
    },
    {
      method: 'GET',
      path: '/warnings',
      answer: () => Promise.resolve(ok({ warnings: store.warnings.map(warningJson) })),
    },
    {
      method: 'PUT',
      path: '/faults',
      async answer(request) {
        fail(faultsOf(await jsonBody(request, faultsShape)));
        return ok(faultsJson(faults));
      },
    },
    {
      method: 'DELETE',
      path: '/faults',
      answer() {
        fail({});
        return Promise.resolve(NOTHING);
      },
    },
    {
      method: 'POST',
      path: '/reset',
      async answer() {
        await store.reset();
        fail(firstFaults);
        return NOTHING;
      },
    },
  ];
}

const DELAY_MAX_MS = 60_000;
const answersShape = z.strictObject({
  answers: z
    .array(
      z.strictObject({
        status: z
          .int()
          .min(200, 'must be a number from 200 to 599')
          .max(599, 'must be a number from 200 to 599')
          .optional(),
        body: z.string().optional(),
        delay_ms: z
          .int()
          .min(0, `must be from 0 to ${DELAY_MAX_MS}`)
          .max(DELAY_MAX_MS, `must be from 0 to ${DELAY_MAX_MS}`)
          .optional(),
      }),
    )
    .min(1, 'must have at least one answer')
    .optional(),
});

function callbackRoutes({ callbacks }: Pick<ControlRoutesDependencies, 'callbacks'>): ControlRoute[] {
  return [
    {
      method: 'GET',
      path: '/callbacks',
      answer: () => Promise.resolve(ok({ callbacks: callbacks.list() })),
    },
    {
      method: 'POST',
      path: '/callbacks',
      async answer(request) {
        const { answers = [{}] } = await jsonBody(request, answersShape);
        return { status: 201, json: await callbacks.open(answers) };
      },
    },
    {
      method: 'GET',
      path: '/callbacks/{id}',
      answer: (_request, id) => Promise.resolve(ok(callbacks.find(id))),
    },
    {
      method: 'DELETE',
      path: '/callbacks/{id}',
      async answer(_request, id) {
        await callbacks.close(id);
        return NOTHING;
      },
    },
  ];
}
