import express from 'express';

interface Registered {
  readonly methods: Readonly<Record<string, boolean>>;
}

/**
 * Returns the result of `work`, and every route that Express registered meanwhile: `POST
 * /keys/:keyId`, `ALL` for any method.
 */
export async function withRoutes<Made>(work: () => Promise<Made>): Promise<[Made, readonly string[]]> {
  const routers = express.Router.prototype as unknown as { route(path: string | RegExp): Registered };
  const told = jest.spyOn(routers, 'route');
  try {
    const made = await work();
    const routes = told.mock.calls.flatMap(([path], index) => {
      const { methods } = told.mock.results[index]!.value as Registered;
      return Object.keys(methods).map(
        (method) => `${method === '_all' ? 'ALL' : method.toUpperCase()} ${path}`,
      );
    });
    return [made, [...new Set(routes)]];
  } finally {
    told.mockRestore();
  }
}
