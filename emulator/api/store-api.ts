import type { RequestHandler } from 'express';
import type { StoreData } from '../store';
export interface StoreApi {
  readonly handler: RequestHandler;
  readonly routes: Readonly<Record<string, readonly string[]>>;
  reset(): void;
}
export function storeApi(_options: {
  data?: StoreData;
  url: string;
  storeName: string;
  now: () => number;
}): StoreApi {
  return {
    handler: (request, response, next) => {
      if (request.path === '/wp-json/wc/v3/products') response.json([{ id: 1 }]);
      else next();
    },
    routes: { '/wc/v3/products': ['GET'] },
    reset() {},
  };
}
