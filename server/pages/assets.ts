import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router } from 'express';
import type { StoreUrl } from '../http/store-url';
import { themeStylesheet } from './theme';

/**
 * Said by hand: `send` keeps its hands off a `Cache-Control` that is there already, and every
 * page's says `no-store`.
 */
const KEPT = { 'Cache-Control': 'public, max-age=31536000, immutable' };

export interface AssetDependencies {
  readonly viewsDir: string;
  readonly storeUrl: StoreUrl;
  /** `logo`: an https URL or the path of a file. */
  readonly store: { readonly accent: string; readonly logo: string | undefined };
}

/**
 * Stylesheets, the script and the store's picture. Each address holds a version, so browsers keep
 * them for good.
 */
export function assetRoutes({ viewsDir, storeUrl, store }: AssetDependencies) {
  const theme = themeStylesheet(store.accent);
  const version = assetsVersion(viewsDir, theme);
  const router = Router();
  router.get('/wc-auth/assets/theme.css', (_request, response) => {
    response.set(KEPT).type('css').send(theme);
  });
  const { logo } = store;
  const elsewhere = logo?.startsWith('https://') === true;
  if (logo !== undefined && !elsewhere)
    router.get('/wc-auth/assets/logo', (_request, response, next) => {
      response.sendFile(logo, { headers: KEPT }, next);
    });
  router.use(
    '/wc-auth/assets',
    express.static(join(viewsDir, 'assets'), {
      index: false,
      setHeaders: (response) => void response.set(KEPT),
    }),
  );
  return {
    router,
    version,
    /** What pages show, and the origin it is fetched from where that is not this server. */
    logo: elsewhere || logo === undefined ? logo : `${storeUrl.basePath}/wc-auth/assets/logo?v=${version}`,
    logoOrigin: elsewhere ? new URL(logo).origin : undefined,
  };
}

/** A short hash over the assets and the store's stylesheet: a changed file gets a new address. */
export function assetsVersion(viewsDir: string, theme: string): string {
  const hash = createHash('sha256').update(theme);
  const folder = join(viewsDir, 'assets');
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}
