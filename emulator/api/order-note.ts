import * as field from './fields';
import type { Resource } from './resource';

const { date, flag, readOnly, required, text } = field;

export const ORDER_NOTES: Resource = {
  path: 'orders/(?P<order_id>[\\d]+)/notes',
  type: 'order_note',
  fields: {
    author: readOnly(text('WooCommerce')),
    date_created: readOnly(date()),
    date_created_gmt: readOnly(date()),
    note: required(text()),
    customer_note: flag(),
    added_by_user: field.writeOnly(flag()),
  },
  hasTrash: false,
  unknownId: { code: 'woocommerce_rest_invalid_id', message: 'Invalid resource ID.', status: 404 },
  parent: { path: 'orders', parameter: 'order_id', type: 'order' },
  listing: {
    searched: () => [],
    orderBy: { id: ({ id }) => id },
    defaultOrderBy: 'id',
    defaultOrder: 'desc',
    isWhole: true,
    filters: {
      type: {
        field: { type: 'string', options: ['any', 'customer', 'internal'], initial: 'any' },
        matches: (item, value) => value === 'any' || item['customer_note'] === (value === 'customer'),
      },
    },
  },
};
