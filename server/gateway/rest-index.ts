import type { StoreUrl } from '../http/store-url';

/** What clients ask first: which namespaces there are, and where keys are granted. The shape is WordPress's. */
export function restIndex(
  path: string,
  { storeUrl, storeName }: { storeUrl: StoreUrl; storeName: string },
): string {
  const namespace = /^\/wp-json\/(wc\/v[123])/.exec(path)?.[1];
  if (namespace !== undefined) {
    const self = `${storeUrl.href}/wp-json/${namespace}`;
    return JSON.stringify({
      namespace,
      routes: {},
      _links: { up: [{ href: `${storeUrl.href}/wp-json/` }], self: [{ href: self }] },
    });
  }
  return JSON.stringify({
    name: storeName,
    description: '',
    url: storeUrl.href,
    home: storeUrl.href,
    namespaces: ['wc/v1', 'wc/v2', 'wc/v3'],
    authentication: {
      'wc-auth': { endpoints: { authorization: `${storeUrl.href}/wc-auth/v1/authorize` } },
      'oauth1.0a': { signature_methods: ['HMAC-SHA1', 'HMAC-SHA256'] },
      ...(storeUrl.secure ? { basic: { https_only: true } } : {}),
    },
    routes: {},
  });
}
