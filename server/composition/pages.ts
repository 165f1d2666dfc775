import { consolePages } from '../console/console-pages';
import { grantPages } from '../grant/grant-pages';
import { securityHeaders } from '../http/security-headers';
import { assetRoutes } from '../pages/assets';
import { failurePages } from '../pages/failure-pages';
import { viewsDirectory, type Messages } from '../pages/messages';
import { sessionPages } from '../session/session-pages';
import type { Core } from './core';

/** Builds what pages need: templates, assets, and the headers that protect them. */
export function buildPages({ config, storeUrl, now }: Core, messages: Messages) {
  const viewsDir = viewsDirectory();
  const assets = assetRoutes({ viewsDir, store: config.store, storeUrl });
  const look = {
    store: {
      name: config.store.name,
      url: storeUrl.href,
      ...(assets.logo === undefined ? {} : { logo: assets.logo }),
    },
    messages,
    viewsDir,
    assetsVersion: assets.version,
    now,
  };
  return {
    assets: assets.router,
    securityHeaders: securityHeaders({ logoOrigin: assets.logoOrigin, secure: storeUrl.secure }),
    pages: { ...sessionPages(look), ...grantPages(look), ...failurePages(look) },
    consolePages: consolePages(look),
  };
}
