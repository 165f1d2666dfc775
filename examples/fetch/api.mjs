// The REST API of a store, as one function of the Fetch API. See README.md.
//
// wc-auth-server is in front: it has checked the key, and says in the `X-WC-…` headers whose it is.

const products = [
  { id: 1, name: 'Blue teapot', price: '24.00', stock_quantity: 7 },
  { id: 2, name: 'Oak tray', price: '31.50', stock_quantity: 3 },
];
const orders = [{ id: 1, number: '1', status: 'processing', currency: 'EUR', total: '24.00' }];

/**
 * Answers a request for `/wp-json/wc/v3/…`.
 * @param {Request} request
 * @returns {Promise<Response>}
 */
export async function handle(request) {
  const url = new URL(request.url);
  const [resource = '', id] = url.pathname.replace(/^\/wp-json\/wc\/v3\//, '').split('/');
  const route = `${request.method === 'HEAD' ? 'GET' : request.method} ${resource}${id ? '/ID' : ''}`;
  switch (route) {
    case 'GET products':
      return onePage(products, url);
    case 'GET products/ID':
      return oneOf(products, id);
    case 'POST products':
      return Response.json(await addProduct(request), { status: 201 });
    case 'GET orders':
      return onePage(orders, url);
    case 'GET orders/ID':
      return oneOf(orders, id);
    case 'GET system_status':
      return Response.json({
        environment: { version: '10.5.0' },
        settings: { currency: 'EUR', currency_symbol: '€' },
      });
    default:
      return failure(404, 'rest_no_route', 'No route was found matching the URL and request method.');
  }
}

/** @param {Request} request */
async function addProduct(request) {
  const given = /** @type {Record<string, unknown>} */ (await request.json().catch(() => ({})));
  const product = {
    id: products.length + 1,
    name: String(given.name ?? 'Unnamed'),
    price: String(given.price ?? '0.00'),
    stock_quantity: Number(given.stock_quantity ?? 0),
    added_by_key: Number(request.headers.get('X-WC-Key-Id')),
  };
  products.push(product);
  return product;
}

/**
 * Answers one page of a list, with the totals that clients read.
 * @param {readonly object[]} list
 * @param {URL} url
 */
function onePage(list, { searchParams }) {
  const perPage = Math.min(100, Math.max(1, Number(searchParams.get('per_page')) || 10));
  const page = Math.max(1, Number(searchParams.get('page')) || 1);
  return Response.json(list.slice((page - 1) * perPage, page * perPage), {
    headers: {
      'X-WP-Total': String(list.length),
      'X-WP-TotalPages': String(Math.ceil(list.length / perPage)),
    },
  });
}

/**
 * @param {readonly { readonly id: number }[]} list
 * @param {string | undefined} id
 */
function oneOf(list, id) {
  const found = list.find((entry) => entry.id === Number(id));
  return found ? Response.json(found) : failure(404, 'woocommerce_rest_invalid_id', 'Invalid ID.');
}

/**
 * @param {number} status
 * @param {string} code
 * @param {string} message
 */
const failure = (status, code, message) => Response.json({ code, message, data: { status } }, { status });
