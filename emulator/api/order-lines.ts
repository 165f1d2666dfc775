import { ApiError } from './api-error';
import * as field from './fields';
import { changedMetaData } from './meta-data';
import { discounts } from './order-coupons';
import type { Change } from './resource';
import { money, numberOf, objectsOf, textOf, type Values } from './values';

const { flag, integer, list, mixed, number, object, oneOf, text } = field;
const taxes = list(object({ id: integer(), total: mixed(), subtotal: mixed() }));
const meta_data = field.META_DATA;
const TOTALS: field.Fields = { total: text('0.00'), total_tax: text('0.00'), taxes, meta_data };

export const LINE_ITEM = object({
  id: integer(),
  name: text(),
  product_id: mixed(0),
  variation_id: integer(),
  quantity: integer(1),
  tax_class: text(),
  subtotal: text('0.00'),
  subtotal_tax: text('0.00'),
  ...TOTALS,
  sku: mixed(''),
  price: number(),
  image: mixed({ id: '', src: '' }),
  parent_name: mixed(),
});
export const TAX_LINE = object({
  id: integer(),
  rate_code: text(),
  rate_id: mixed(),
  label: text(),
  compound: flag(),
  tax_total: text('0.00'),
  shipping_tax_total: text('0.00'),
  meta_data,
});
export const SHIPPING_LINE = object({
  id: integer(),
  method_title: text(),
  method_id: text(),
  instance_id: text(),
  ...TOTALS,
});
export const FEE_LINE = object({
  id: integer(),
  name: text(),
  tax_class: text(),
  tax_status: oneOf('taxable', 'none'),
  amount: text(),
  ...TOTALS,
});
export const COUPON_LINE = object({
  id: integer(),
  code: text(),
  discount: text('0.00'),
  discount_tax: text('0.00'),
  discount_type: text(),
  meta_data,
});

/** Which member a line cannot do without. If it is null or empty, the line is removed. */
const KINDS = [
  { lines: 'line_items', field: LINE_ITEM, needs: 'product_id' },
  { lines: 'shipping_lines', field: SHIPPING_LINE, needs: 'method_id' },
  { lines: 'fee_lines', field: FEE_LINE, needs: 'name' },
  { lines: 'coupon_lines', field: COUPON_LINE, needs: 'code' },
];

/** Returns whether a change of an order changes its sums. */
export function changesLines({ given, before }: Pick<Change, 'given' | 'before'>): boolean {
  return !before || KINDS.some(({ lines }) => given[lines] !== undefined);
}

/**
 * Returns the lines of an order after a change. As in WooCommerce, a line with an id changes that
 * line, one without is added, and other lines stay.
 *
 * @throws ApiError 400 for a line that WooCommerce rejects
 */
export function changedLines(change: Change): Values {
  const { given, before, shop } = change;
  const changed = KINDS.map(({ lines, field: line, needs }): [string, Values[]] => {
    const kept = objectsOf(before?.[lines]).map((one) => ({ ...one }));
    for (const wanted of objectsOf(given[lines])) {
      const id = numberOf(wanted['id']);
      const at = kept.findIndex((one) => one['id'] === id);
      if (id !== 0 && at < 0 && !change.isSeed) throw unknownLine();
      const old = kept[at] ?? { ...field.initialValues(line.fields ?? {}), id: id || shop.nextPartId() };
      if (kept[at] && isRemoved(wanted, needs)) kept.splice(at, 1);
      else kept.splice(at < 0 ? kept.length : at, 1, completeLine(lines, old, wanted, at < 0, change));
    }
    return [lines, kept];
  });
  const lines = Object.fromEntries(changed);
  return { ...lines, ...discounts(lines, change) };
}

const unknownLine = () =>
  new ApiError(
    400,
    'woocommerce_rest_invalid_item_id',
    'Order item ID provided is not associated with order.',
  );

function isRemoved(wanted: Values, needs: string): boolean {
  const isEmptied = Object.hasOwn(wanted, needs) && !wanted[needs];
  return isEmptied || wanted['quantity'] === 0;
}

function completeLine(lines: string, old: Values, wanted: Values, isNew: boolean, change: Change): Values {
  const meta = changedMetaData(old['meta_data'], wanted['meta_data'], change.shop.nextPartId);
  const line: Values = { ...old, ...wanted, id: old['id'], meta_data: meta };
  if (lines === 'line_items') return completeItem(line, wanted, isNew, change);
  if (lines === 'coupon_lines') {
    if (textOf(line['code']) === '') throw codeRequired();
    return line;
  }
  return { ...line, total: money(line['total']) };
}

const codeRequired = () => new ApiError(400, 'woocommerce_rest_invalid_coupon', 'Coupon code is required.');

/** Returns a line with the name and the price of its product. An unknown product becomes 0. */
function completeItem(line: Values, wanted: Values, isNew: boolean, { shop, isSeed }: Change): Values {
  const named = numberOf(line['product_id']);
  const sku = textOf(wanted['sku']);
  if (isNew && !isSeed && named === 0 && sku === '' && numberOf(line['variation_id']) === 0)
    throw new ApiError(400, 'woocommerce_rest_required_product_reference', 'Product ID or SKU is required.');
  const product =
    named === 0 && sku !== '' ? shop.findBy('products', 'sku', sku) : shop.find('products', named);
  const quantity = numberOf(line['quantity']);
  const fromProduct = product && isNew ? numberOf(product['price']) * quantity : 0;
  const isPriced = isNew || wanted['total'] !== undefined || wanted['subtotal'] !== undefined;
  const total = isPriced
    ? (wanted['total'] ?? wanted['subtotal'] ?? (isNew ? fromProduct : line['total']))
    : line['total'];
  const subtotal = wanted['subtotal'] ?? (isNew ? (product ? fromProduct : total) : line['subtotal']);
  return {
    ...line,
    name: textOf(wanted['name']) || textOf(product?.['name']) || textOf(line['name']),
    product_id: product?.id ?? (isSeed ? named : 0),
    quantity,
    subtotal: money(subtotal),
    total: money(total),
    sku: textOf(product?.['sku']) || textOf(line['sku']),
    price: quantity === 0 ? 0 : numberOf(money(total)) / quantity,
  };
}
