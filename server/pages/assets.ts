import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router } from 'express';
import type { StoreUrl } from '../http/store-url';
import { themeStylesheet } from './theme';

/**
 * Set explicitly: every response starts with `no-store`, and `send` does not change an existing
 * `Cache-Control`.
 */
const KEPT = { 'Cache-Control': 'public, max-age=31536000, immutable' };

export interface AssetDependencies {
  readonly viewsDir: string;
  readonly storeUrl: StoreUrl;
  /** `logo`: an https URL or the path of a file. */
  readonly store: { readonly accent: string; readonly logo: string | undefined };
}

/**
 * Returns the routes of stylesheets, scripts and logo. Each URL contains a version, so browsers may
 * cache it forever.
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
    /** The URL of the logo, and its origin if another server hosts it. */
    logo: elsewhere || logo === undefined ? logo : `${storeUrl.basePath}/wc-auth/assets/logo?v=${version}`,
    logoOrigin: elsewhere ? new URL(logo).origin : undefined,
  };
}

/**
 * Returns a short hash of the assets and the store's stylesheet, so that a changed file gets a new
 * URL.
 */
export function assetsVersion(viewsDir: string, theme: string): string {
  const hash = createHash('sha256').update(theme);
  const folder = join(viewsDir, 'assets');
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}
