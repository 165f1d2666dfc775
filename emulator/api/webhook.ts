import { ApiError } from './api-error';
import * as field from './fields';
import type { Resource } from './resource';
import { BY_DATE, statusFilter } from './select-items';
import { textOf } from './values';
import { parseUrl } from '../../server/http/parse-url';

const { list, oneOf, readOnly, required, text, writeOnly } = field;

/** The actions of WooCommerce that each topic listens to. */
const HOOKS: Readonly<Record<string, readonly string[]>> = {
  'coupon.created': ['woocommerce_process_shop_coupon_meta', 'woocommerce_new_coupon'],
  'coupon.updated': ['woocommerce_process_shop_coupon_meta', 'woocommerce_update_coupon'],
  'coupon.deleted': ['wp_trash_post'],
  'coupon.restored': ['untrashed_post'],
  'customer.created': ['user_register', 'woocommerce_created_customer', 'woocommerce_new_customer'],
  'customer.updated': ['profile_update', 'woocommerce_update_customer'],
  'customer.deleted': ['delete_user'],
  'order.created': ['woocommerce_new_order'],
  'order.updated': ['woocommerce_update_order', 'woocommerce_order_refunded'],
  'order.deleted': ['wp_trash_post', 'woocommerce_trash_order'],
  'order.restored': ['untrashed_post', 'woocommerce_untrash_order'],
  'product.created': ['woocommerce_process_product_meta', 'woocommerce_new_product'],
  'product.updated': ['woocommerce_process_product_meta', 'woocommerce_update_product'],
  'product.deleted': ['wp_trash_post'],
  'product.restored': ['untrashed_post'],
};

export const WEBHOOKS: Resource = {
  path: 'webhooks',
  type: 'shop_webhook',
  fields: {
    name: text(),
    status: oneOf('active', 'paused', 'disabled'),
    topic: required(text()),
    resource: readOnly(text()),
    event: readOnly(text()),
    hooks: readOnly(list()),
    delivery_url: required(text()),
    secret: writeOnly(text()),
    ...field.DATES,
  },
  hasTrash: false,
  noTrash: 'Webhooks do not support trashing.',
  listing: {
    searched: (item) => [item['name']],
    orderBy: { ...BY_DATE, title: (item) => textOf(item['name']) },
    defaultOrderBy: 'date',
    defaultOrder: 'desc',
    filters: { status: statusFilter(['active', 'paused', 'disabled'], 'all') },
  },
  settle(item, { now }) {
    const topic = textOf(item['topic']).toLowerCase();
    const [resource = '', event = ''] = topic.split('.');
    const hooks =
      resource === 'action' && event !== ''
        ? [event]
        : Object.hasOwn(HOOKS, topic)
          ? HOOKS[topic]
          : undefined;
    if (!hooks)
      throw new ApiError(
        400,
        'woocommerce_rest_shop_webhook_invalid_topic',
        'Webhook topic is required and must be valid.',
      );
    const url = parseUrl(textOf(item['delivery_url']));
    if (!url || !['http:', 'https:'].includes(url.protocol))
      throw new ApiError(
        400,
        'woocommerce_rest_shop_webhook_invalid_delivery_url',
        'Webhook delivery URL must be a valid URL starting with http:// or https://.',
      );
    return {
      ...item,
      name: textOf(item['name']) || `Webhook created on ${now}`,
      topic,
      resource,
      event,
      hooks,
    };
  },
};
