import { ApiError } from './api-error';
import * as field from './fields';
import type { Resource } from './resource';
import { BY_DATE, statusFilter } from './select-items';
import { money, textOf } from './values';

const { date, flag, integer, list, oneOf, readOnly, required, text } = field;

export const COUPONS: Resource = {
  path: 'coupons',
  type: 'shop_coupon',
  fields: {
    code: required(text()),
    amount: text('0.00'),
    status: oneOf('publish', 'draft', 'pending', 'private', 'future', 'trash'),
    ...field.DATES,
    discount_type: oneOf('fixed_cart', 'percent', 'fixed_product'),
    description: text(),
    date_expires: date(),
    date_expires_gmt: date(),
    usage_count: readOnly(integer()),
    individual_use: flag(),
    product_ids: list(integer()),
    excluded_product_ids: list(integer()),
    usage_limit: integer(null),
    usage_limit_per_user: integer(null),
    limit_usage_to_x_items: integer(null),
    free_shipping: flag(),
    product_categories: list(integer()),
    excluded_product_categories: list(integer()),
    exclude_sale_items: flag(),
    minimum_amount: text('0.00'),
    maximum_amount: text('0.00'),
    email_restrictions: list(text()),
    used_by: readOnly(list()),
    meta_data: field.META_DATA,
  },
  hasTrash: true,
  looksFirst: true,
  foundBy: { code: (item) => [textOf(item['code'])] },
  listing: {
    searched: (item) => [item['code'], item['description']],
    orderBy: { ...BY_DATE, title: (item) => textOf(item['code']), slug: (item) => textOf(item['code']) },
    defaultOrderBy: 'date',
    defaultOrder: 'desc',
    filters: {
      status: statusFilter(['publish', 'draft', 'pending', 'private', 'future', 'trash']),
      code: {
        field: { type: 'string' },
        matches: (item, value) => item['code'] === textOf(value).toLowerCase(),
      },
    },
  },
  settle(item, { shop }) {
    const code = textOf(item['code']).trim().toLowerCase();
    if (code === '')
      throw new ApiError(400, 'woocommerce_rest_empty_coupon_code', 'The coupon code cannot be empty.');
    if (shop.findBy('coupons', 'code', code, item.id))
      throw new ApiError(
        400,
        'woocommerce_rest_coupon_code_already_exists',
        'The coupon code already exists',
      );
    const [amount, minimum_amount, maximum_amount] = ['amount', 'minimum_amount', 'maximum_amount'].map(
      (name) => money(item[name]),
    );
    return { ...item, code, amount, minimum_amount, maximum_amount };
  },
};
