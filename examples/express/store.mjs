// A store without WordPress that WooCommerce apps can connect to. See README.md.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import express from 'express';
import { canonicalRestPath, consumerKeyOf, keepRawBody, openWcAuth } from 'wc-auth-server';
import { orders, products, saveOrder, saveProduct } from './catalog.mjs';

const wcAuth = await openWcAuth(process.env);
const app = express();
app.disable('x-powered-by');

// The same route has several addresses, such as /?rest_route=/wc/v3/products.
app.use(canonicalRestPath());

const api = express.Router();
// A signature covers a form byte for byte, so its bytes are kept.
api.use(express.json(), express.urlencoded({ extended: true, verify: keepRawBody }));
// Lets a request pass if its key may do what the method asks: GET needs read, POST and PUT need
// write.
api.use(wcAuth.requireConsumerKey());

api.get('/products', (request, response) => sendPage(request, response, products()));
api.get('/products/:id', (request, response) => sendOne(request, response, products()));
api.post('/products', (request, response) => response.status(201).json(saveProduct(request.body ?? {})));

api.get('/orders', (request, response) => sendPage(request, response, orders()));
api.get('/orders/:id', (request, response) => sendOne(request, response, orders()));
api.post('/orders', (request, response) => {
  const { appUserId } = consumerKeyOf(request);
  response.status(201).json(saveOrder(request.body ?? {}, appUserId));
});

// Many apps call this right after they connect, to learn what the store runs on.
api.get('/system_status', (_request, response) => {
  response.json({
    environment: { home_url: process.env.STORE_URL, site_url: process.env.STORE_URL, version: '10.5.0' },
    settings: { currency: 'EUR', currency_symbol: '€', thousand_separator: ',', decimal_separator: '.' },
  });
});

app.use('/wp-json/wc/v3', api);
// Sign-in, consent, keys, /wc-auth/v1/…, and the index at /wp-json/.
app.use(wcAuth.listener);

const { PORT = '8080', TLS_CERT_FILE, TLS_KEY_FILE } = process.env;
const server =
  TLS_CERT_FILE && TLS_KEY_FILE
    ? https.createServer({ cert: readFileSync(TLS_CERT_FILE), key: readFileSync(TLS_KEY_FILE) }, app)
    : http.createServer(app);
server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`The store is ready at ${process.env.STORE_URL}`);
});
process.on('SIGTERM', () => server.close(() => wcAuth.close()));

/**
 * Answers one page of a list, with the totals that clients read.
 * @param {import('express').Request} request
 * @param {import('express').Response} response
 * @param {readonly unknown[]} list
 */
function sendPage(request, response, list) {
  const perPage = Math.min(100, Math.max(1, Number(request.query.per_page) || 10));
  const page = Math.max(1, Number(request.query.page) || 1);
  response.set('X-WP-Total', String(list.length));
  response.set('X-WP-TotalPages', String(Math.ceil(list.length / perPage)));
  response.json(list.slice((page - 1) * perPage, page * perPage));
}

/**
 * Answers one entry of a list, or WooCommerce's error if it does not exist.
 * @param {import('express').Request} request
 * @param {import('express').Response} response
 * @param {readonly { readonly id: number }[]} list
 */
function sendOne(request, response, list) {
  const found = list.find(({ id }) => id === Number(request.params.id));
  if (found) response.json(found);
  else
    response
      .status(404)
      .json({ code: 'woocommerce_rest_invalid_id', message: 'Invalid ID.', data: { status: 404 } });
}
