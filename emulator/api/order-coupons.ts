import { ApiError } from './api-error';
import type { Change } from './resource';
import { money, numberOf, objectsOf, sum, textOf, type Item, type Values } from './values';

/**
 * Returns the lines of an order with the discounts of its coupons, if the request names coupons.
 * Every coupon applies to every line; the store checks no other condition of a coupon.
 *
 * @throws ApiError 400 for a code that no coupon has
 */
export function discounts(lines: Values, { given, shop, isSeed }: Change): Values {
  if (given['coupon_lines'] === undefined || isSeed) return {};
  let items = objectsOf(lines['line_items']).map((line): Values => ({ ...line, total: line['subtotal'] }));
  const coupons = objectsOf(lines['coupon_lines']).map((line) => {
    const code = textOf(line['code']).toLowerCase();
    const coupon = shop.findBy('coupons', 'code', code);
    if (!coupon || coupon['status'] === 'trash')
      throw new ApiError(400, 'woocommerce_rest_invalid_coupon', `Coupon "${code}" does not exist!`);
    const before = sum(items, 'total');
    items = items.map((item) => reduced(item, coupon, before));
    const type = textOf(coupon['discount_type']);
    return { ...line, code, discount: money(before - sum(items, 'total')), discount_type: type };
  });
  return { line_items: items, coupon_lines: coupons };
}

function reduced(item: Values, coupon: Item, all: number): Values {
  const [total, quantity, amount] = [
    numberOf(item['total']),
    numberOf(item['quantity']),
    numberOf(coupon['amount']),
  ];
  const off = {
    percent: (total * amount) / 100,
    fixed_product: amount * quantity,
    fixed_cart: all === 0 ? 0 : (amount * total) / all,
  }[textOf(coupon['discount_type'])];
  const rest = numberOf(money(total - Math.min(total, off ?? 0)));
  return { ...item, total: money(rest), price: quantity === 0 ? 0 : rest / quantity };
}
