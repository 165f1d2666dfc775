// Stands for the database of your store. Keep the field names: apps read them.

const now = () => new Date().toISOString().slice(0, 19);

const allProducts = [
  product({ name: 'Blue teapot', price: '24.00', stock_quantity: 7 }, 1),
  product({ name: 'Oak tray', price: '31.50', stock_quantity: 3 }, 2),
  product({ name: 'Jasmine tea, 100 g', price: '8.90', stock_quantity: 42 }, 3),
];
const allOrders = [order({ line_items: [{ product_id: 1, quantity: 1 }] }, null, 1)];

export const products = () => allProducts;
export const orders = () => allOrders;

/** @param {Record<string, unknown>} given */
export function saveProduct(given) {
  const saved = product(given, allProducts.length + 1);
  allProducts.push(saved);
  return saved;
}

/**
 * @param {Record<string, unknown>} given
 * @param {string | null} appUserId
 */
export function saveOrder(given, appUserId) {
  const saved = order(given, appUserId, allOrders.length + 1);
  allOrders.push(saved);
  return saved;
}

/**
 * @param {Record<string, unknown>} given
 * @param {number} id
 */
function product({ name, price, stock_quantity }, id) {
  const text = String(price ?? '0.00');
  return {
    id,
    name: String(name ?? 'Unnamed'),
    status: 'publish',
    type: 'simple',
    price: text,
    regular_price: text,
    manage_stock: true,
    stock_quantity: Number(stock_quantity ?? 0),
    date_created_gmt: now(),
    date_modified_gmt: now(),
  };
}

/**
 * @param {Record<string, unknown>} given
 * @param {string | null} appUserId
 * @param {number} id
 */
function order({ status, line_items }, appUserId, id) {
  return {
    id,
    number: String(id),
    status: String(status ?? 'processing'),
    currency: 'EUR',
    total: '24.00',
    line_items: line_items ?? [],
    meta_data: appUserId === null ? [] : [{ key: 'created_by_app_user', value: appUserId }],
    date_created_gmt: now(),
    date_modified_gmt: now(),
  };
}
