/**
 * The shop's own API. It does not check keys or signatures: the gateway in front of it has done
 * that, and names the key and its owner in `X-WC-…` headers.
 */
import express from 'express';

interface Product {
  readonly id: number;
  readonly name: string;
  readonly price: string;
  readonly stock_quantity: number;
}

const products: Product[] = [
  { id: 1, name: 'Blue teapot', price: '24.00', stock_quantity: 7 },
  { id: 2, name: 'Oak tray', price: '31.50', stock_quantity: 3 },
  { id: 3, name: 'Jasmine tea, 100 g', price: '8.90', stock_quantity: 42 },
];

const api = express();
api.disable('x-powered-by');

api.get('/wp-json/wc/v3/products', (_request, response) => {
  response.json(products);
});

api.post('/wp-json/wc/v3/products', express.json(), (request, response) => {
  const asked = request.body as Partial<Product> | undefined;
  const product: Product = {
    id: products.length + 1,
    name: typeof asked?.name === 'string' ? asked.name.slice(0, 100) : 'Unnamed',
    price: typeof asked?.price === 'string' ? asked.price.slice(0, 20) : '0.00',
    stock_quantity: 0,
  };
  products.push(product);
  response.status(201).json({ ...product, added_by_key: Number(request.get('X-WC-Key-Id')) });
});

api.use((_request, response) => {
  response.status(404).json({ code: 'rest_no_route', message: 'No such route.', data: { status: 404 } });
});

// On loopback, so other machines reach it through the gateway only.
api.listen(Number(process.env['API_PORT']), '127.0.0.1');
