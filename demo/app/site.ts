import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import express, { type Express, type Request, type Response } from 'express';
import { ANSWERS, isFault } from './answers';
import { callStore } from './call-store';
import { connectForm, type Connection, type Connections, type KeyPair } from './connections';

export interface SiteDependencies {
  readonly connections: Connections;
  readonly appName: string;
  /** The app's own address, as browsers reach it. */
  readonly appUrl: string;
  /** Where its callback listens, as the store reaches it. */
  readonly callbackUrl: string;
  /** The same with a certificate for another host. */
  readonly wrongCallbackUrl: string;
  /** What the connect form suggests. */
  readonly storeUrl: string;
}

// `form-action`: the connect form ends, by way of a redirect, at whatever store the merchant named.
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "form-action 'self' https: http:; base-uri 'none'; frame-ancestors 'none'";

/** The app's own pages. */
export function site({ connections, appName, appUrl, ...urls }: SiteDependencies): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use((_request, response, next) => {
    response.set({
      'Content-Security-Policy': POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    });
    next();
  });
  app.use('/assets', express.static(join(__dirname, 'assets'), { index: false }));

  const home = view('home');
  const connectionPage = view('connection');
  const notFound = view('not-found');
  const suggested = {
    store_url: urls.storeUrl,
    scope: 'read_write',
    user_id: 'merchant-42',
    answer: 'at_once',
  };

  const homePage = (form: object, errors: object = {}) =>
    home({ appName, connections: connections.newestFirst(), form, errors, answers: ANSWERS });

  app.get('/', (_request, response) => {
    response.send(homePage(suggested));
  });

  app.post('/connect', express.urlencoded({ extended: false }), (request, response) => {
    const wish = connectForm.safeParse(request.body);
    if (!wish.success) {
      const errors = Object.fromEntries(
        wish.error.issues.map((issue) => [String(issue.path[0]), issue.message]),
      );
      const form = { ...suggested, ...(request.body as object) };
      response.status(400).send(homePage(form, errors));
      return;
    }
    response.redirect(303, authorizeUrl(connections.add(wish.data)));
  });

  /** The whole of the protocol's first step: five parameters in a link to the store. */
  function authorizeUrl({ id, wish }: Connection): string {
    const callbackUrl = wish.answer === 'with_a_wrong_certificate' ? urls.wrongCallbackUrl : urls.callbackUrl;
    const query = new URLSearchParams({
      app_name: appName,
      scope: wish.scope,
      user_id: wish.user_id,
      return_url: `${appUrl}/connections/${id}`,
      callback_url: `${callbackUrl}/callback/${id}`,
    });
    return `${wish.store_url}/wc-auth/v1/authorize?${query.toString()}`;
  }

  app.get('/connections/:id', (request, response) => {
    const connection = known(request, response);
    if (!connection) return;
    const state = stateOf(connection, request.query['success']);
    response.send(
      connectionPage({
        appName,
        connection,
        state,
        answers: ANSWERS,
        authorizeUrl: authorizeUrl(connection),
        clock,
      }),
    );
  });

  /** Asked by the page that waits. */
  app.get('/connections/:id/state', (request, response) => {
    const connection = known(request, response);
    if (connection) response.json({ received: connection.received !== undefined, posts: connection.posts });
  });

  const withKey =
    (work: (connection: Connection, keyPair: KeyPair) => Promise<void>) =>
    async (request: Request, response: Response): Promise<void> => {
      const connection = known(request, response);
      if (!connection) return;
      if (connection.received) await work(connection, connection.received.keyPair);
      response.redirect(303, `/connections/${connection.id}#answer`);
    };

  app.post(
    '/connections/:id/list-products',
    withKey(async (connection, keyPair) => {
      connection.lastCall = await callStore(
        keyPair,
        'GET',
        `${connection.wish.store_url}/wp-json/wc/v3/products`,
      );
    }),
  );

  app.post(
    '/connections/:id/add-product',
    withKey(async (connection, keyPair) => {
      const product = { name: `Sent by ${appName}`, price: '1.00' };
      const url = `${connection.wish.store_url}/wp-json/wc/v3/products`;
      connection.lastCall = await callStore(keyPair, 'POST', url, product);
    }),
  );

  app.post(
    '/connections/:id/disconnect',
    withKey(async (connection, keyPair) => {
      const answer = await callStore(keyPair, 'POST', `${connection.wish.store_url}/wc-auth/v1/revoke`);
      connection.lastCall = answer;
      if (answer.status === 200) connection.disconnectedAt ??= new Date();
    }),
  );

  app.use((_request, response) => {
    response.status(404).send(notFound({ appName }));
  });
  return app;

  function known(request: Request, response: Response): Connection | undefined {
    const connection = connections.find(String(request.params['id']));
    if (!connection) response.status(404).send(notFound({ appName }));
    return connection;
  }
}

type State = 'waiting' | 'denied' | 'failed' | 'received' | 'disconnected';

/** `success=0` is what the browser says; only a key that arrived counts as a yes. */
function stateOf({ wish, received, disconnectedAt }: Connection, success: unknown): State {
  if (disconnectedAt) return 'disconnected';
  if (received) return 'received';
  if (success !== '0') return 'waiting';
  return isFault(wish.answer) ? 'failed' : 'denied';
}

const clock = (time: Date): string => `${time.toISOString().slice(11, 19)} UTC`;

function view(name: string): (page: object) => string {
  const filename = join(__dirname, 'views', `${name}.ejs`);
  return ejs.compile(readFileSync(filename, 'utf8'), { filename, _with: false, localsName: 'it' });
}
