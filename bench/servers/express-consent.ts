import { RESOURCES } from '../../server/consumer-keys/key-limits';
/**
 * An Express 5 route that renders the consent page's template from a fixed view model, with no
 * database.
 */
import express from 'express';
import { loadLanguages } from '../../server/pages/languages';
import { viewsDirectory } from '../../server/pages/messages';
import { grantPages } from '../../server/grant/grant-pages';

const pages = grantPages({
  store: { name: 'Bench', url: 'http://localhost' },
  messages: loadLanguages().standard,
  viewsDir: viewsDirectory(),
  assetsVersion: 'bench',
});
express()
  .get('/wc-auth/v1/authorize', (_request, response) => {
    response.send(
      pages.consent({
        appName: 'Bench App',
        scope: 'read_write',
        callbackHost: 'app.example',
        appAccount: '42',
        user: { displayName: 'Manager', login: 'manager' },
        permissions: ['read_write'],
        resources: RESOURCES,
        lifetimes: [{ value: 'never', days: null, isDefault: true }],
        overlaps: [{ days: 7, isDefault: true }],
        heldKeys: [],
        parameters: {
          app_name: 'Bench App',
          user_id: '42',
          return_url: 'https://app.example/return',
          callback_url: 'https://app.example/callback',
          scope: 'read_write',
        },
        nonce: 'n'.repeat(40),
        signOut: { nonce: 'n'.repeat(43), redirectTo: '/wc-auth/v1/login?app_name=Bench%20App' },
      }),
    );
  })
  .get('/', (_request, response) => void response.end())
  .listen(Number(process.env['PORT']), '127.0.0.1');
