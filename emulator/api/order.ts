import { createHash } from 'node:crypto';
import * as field from './fields';
import {
  changedLines,
  changesLines,
  COUPON_LINE,
  FEE_LINE,
  LINE_ITEM,
  SHIPPING_LINE,
  TAX_LINE,
} from './order-lines';
import type { Change, Resource } from './resource';
import { BY_DATE, idFilter, statusFilter } from './select-items';
import { isObject, money, numberOf, objectsOf, sum, textOf, type Item, type Values } from './values';

const STATUSES = ['pending', 'processing', 'on-hold', 'completed', 'cancelled', 'refunded', 'failed'];
const { date, flag, integer, list, oneOf, readOnly, text, writeOnly } = field;
const amount = readOnly(text('0.00'));

const FIELDS: field.Fields = {
  parent_id: integer(),
  status: oneOf(...STATUSES, 'checkout-draft', 'trash'),
  currency: text(),
  version: readOnly(text('10.5.0')),
  prices_include_tax: readOnly(flag()),
  ...field.DATES,
  discount_total: amount,
  discount_tax: amount,
  shipping_total: amount,
  shipping_tax: amount,
  cart_tax: amount,
  total: amount,
  total_tax: amount,
  customer_id: integer(),
  order_key: readOnly(text()),
  billing: field.BILLING,
  shipping: field.SHIPPING,
  payment_method: text(),
  payment_method_title: text(),
  transaction_id: text(),
  customer_ip_address: readOnly(text()),
  customer_user_agent: readOnly(text()),
  created_via: text('rest-api'),
  customer_note: text(),
  date_completed: readOnly(date()),
  date_completed_gmt: readOnly(date()),
  date_paid: readOnly(date()),
  date_paid_gmt: readOnly(date()),
  cart_hash: readOnly(text()),
  number: readOnly(text()),
  meta_data: field.META_DATA,
  line_items: list(LINE_ITEM),
  tax_lines: readOnly(list(TAX_LINE)),
  shipping_lines: list(SHIPPING_LINE),
  fee_lines: list(FEE_LINE),
  coupon_lines: list(COUPON_LINE),
  refunds: readOnly(list()),
  payment_url: readOnly(text()),
  is_editable: readOnly(flag()),
  needs_payment: readOnly(flag()),
  needs_processing: readOnly(flag()),
  currency_symbol: readOnly(text('$')),
  set_paid: writeOnly(flag()),
};

const ADDRESS = ['first_name', 'last_name', 'company', 'address_1', 'city', 'postcode', 'email', 'phone'];

export const ORDERS: Resource = {
  path: 'orders',
  type: 'shop_order',
  fields: FIELDS,
  hasTrash: true,
  looksFirst: true,
  listing: {
    searched: (item) => [
      item['number'],
      ...[item['billing'], item['shipping']].flatMap((address) =>
        isObject(address) ? ADDRESS.map((member) => address[member]) : [],
      ),
      ...objectsOf(item['line_items']).map(({ name }) => name),
    ],
    orderBy: { ...BY_DATE, title: ({ id }) => id, slug: ({ id }) => id },
    defaultOrderBy: 'date',
    defaultOrder: 'desc',
    filters: {
      status: statusFilter([...STATUSES, 'checkout-draft', 'trash']),
      customer: {
        field: { type: 'integer' },
        matches: (item, value) => item['customer_id'] === value,
      },
      product: {
        field: { type: 'integer' },
        matches: (item, value) =>
          objectsOf(item['line_items']).some(
            (line) => numberOf(line['product_id']) === value || numberOf(line['variation_id']) === value,
          ),
      },
      parent: idFilter('parent_id'),
      parent_exclude: idFilter('parent_id', false),
    },
  },
  settle(item, change) {
    const withLines = { ...item, ...changedLines(change) };
    // The data of a test may have a total without lines. WooCommerce too keeps the sums until a line
    // changes.
    const order = changesLines(change) ? { ...withLines, ...totals(withLines) } : withLines;
    return {
      ...order,
      ...identity(order, change),
      ...progress(order, change),
      set_paid: false,
    };
  },
};

function identity(order: Item, { shop }: Change): Values {
  const key =
    textOf(order['order_key']) ||
    `wc_order_${createHash('md5').update(String(order.id)).digest('hex').slice(0, 13)}`;
  return {
    number: textOf(order['number']) || String(order.id),
    order_key: key,
    currency: textOf(order['currency']) || shop.currency,
    payment_url: `${shop.url}/checkout/order-pay/${order.id}/?pay_for_order=true&key=${key}`,
  };
}

/** Returns the sums of the lines. The store has no taxes. */
function totals(order: Values): Values {
  const lines = objectsOf(order['line_items']);
  const shipping = sum(objectsOf(order['shipping_lines']), 'total');
  const subtotal = sum(lines, 'subtotal');
  const total = sum(lines, 'total');
  return {
    discount_total: money(Math.max(0, subtotal - total)),
    shipping_total: money(shipping),
    total: money(total + shipping + sum(objectsOf(order['fee_lines']), 'total')),
  };
}

/** Returns what a status brings with it: the time of payment and that of completion. */
function progress(order: Item, { given, before, now, isSeed }: Change): Values {
  const isPaidNow =
    given['set_paid'] === true && !['processing', 'completed'].includes(textOf(before?.['status']));
  const status = isPaidNow && order['status'] !== 'completed' ? 'processing' : textOf(order['status']);
  const isPaid = ['processing', 'completed'].includes(status);
  const paid =
    textOf(order['date_paid']) || (isPaid ? (isSeed && textOf(order['date_created'])) || now : null);
  const completed =
    status !== 'completed'
      ? order['date_completed']
      : textOf(order['date_completed']) || (isSeed && textOf(order['date_created'])) || now;
  const needsPayment = ['pending', 'failed'].includes(status) && numberOf(order['total']) > 0;
  return {
    status,
    date_paid: paid,
    date_completed: completed,
    is_editable: ['pending', 'on-hold', 'checkout-draft'].includes(status),
    needs_payment: needsPayment,
    needs_processing: objectsOf(order['line_items']).length > 0 && status === 'processing',
  };
}
