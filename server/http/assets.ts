import { join } from 'node:path';
import express, { Router } from 'express';
import { assetsVersion } from './pages';
import type { StoreUrl } from './store-url';
import { themeStylesheet } from './theme';

const YEAR = '365d';

export interface AssetDependencies {
  readonly viewsDir: string;
  readonly storeUrl: StoreUrl;
  /** `logo`: an https URL or the path of a file. */
  readonly store: { readonly accent: string; readonly logo: string | undefined };
}

/** Stylesheets, the script and the store's picture. Each address holds a version, so browsers keep them for good. */
export function assetRoutes({ viewsDir, storeUrl, store }: AssetDependencies) {
  const theme = themeStylesheet(store.accent);
  const version = assetsVersion(viewsDir, theme);
  const router = Router();
  const kept = { maxAge: YEAR, immutable: true };
  router.get('/wc-auth/assets/theme.css', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=31536000, immutable').type('css').send(theme);
  });
  const { logo } = store;
  const elsewhere = logo?.startsWith('https://') === true;
  if (logo !== undefined && !elsewhere)
    router.get('/wc-auth/assets/logo', (_request, response, next) => {
      response.sendFile(logo, kept, next);
    });
  router.use('/wc-auth/assets', express.static(join(viewsDir, 'assets'), { ...kept, index: false }));
  return {
    router,
    version,
    /** What pages show, and the origin it is fetched from where that is not this server. */
    logo: elsewhere || logo === undefined ? logo : `${storeUrl.basePath}/wc-auth/assets/logo?v=${version}`,
    logoOrigin: elsewhere ? new URL(logo).origin : undefined,
  };
}
