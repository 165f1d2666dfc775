import { createHash } from 'node:crypto';
import { ApiError } from './api-error';
import * as field from './fields';
import type { Resource } from './resource';
import { isObject, textOf } from './values';

const { flag, readOnly, required, text, writeOnly } = field;

const ROLES = [
  'all',
  'administrator',
  'editor',
  'author',
  'contributor',
  'subscriber',
  'customer',
  'shop_manager',
];

export const CUSTOMERS: Resource = {
  path: 'customers',
  type: 'customer',
  fields: {
    ...field.DATES,
    email: required(field.email()),
    first_name: text(),
    last_name: text(),
    role: readOnly(text('customer')),
    username: text(),
    password: writeOnly(text()),
    billing: field.BILLING,
    shipping: field.SHIPPING,
    is_paying_customer: readOnly(flag()),
    avatar_url: readOnly(text()),
    meta_data: field.META_DATA,
  },
  hasTrash: false,
  foundBy: {
    email: (item) => [textOf(item['email']).toLowerCase()],
    username: (item) => [textOf(item['username'])],
  },
  noTrash: 'Customers do not support trashing.',
  unknownId: { code: 'wc_user_invalid_id', message: 'Invalid user ID.', status: 404 },
  listing: {
    searched: (item) => ['email', 'username', 'first_name', 'last_name'].map((member) => item[member]),
    orderBy: {
      id: ({ id }) => id,
      name: (item) =>
        `${textOf(item['first_name'])} ${textOf(item['last_name'])}`.trim() || textOf(item['username']),
      registered_date: (item) => textOf(item['date_created']),
    },
    defaultOrderBy: 'name',
    defaultOrder: 'asc',
    filters: {
      email: {
        field: { type: 'string', format: 'email' },
        matches: (item, value) => textOf(item['email']).toLowerCase() === textOf(value).toLowerCase(),
      },
      role: {
        field: { type: 'string', options: ROLES, initial: 'customer' },
        matches: (item, value) => value === 'all' || item['role'] === value,
      },
    },
  },
  settle(item, { before, given, shop }) {
    const email = textOf(item['email']);
    const isTaken = (name: 'email' | 'username', value: string) =>
      shop.findBy('customers', name, value, item.id) !== undefined;
    if (email === '')
      throw new ApiError(400, 'registration-error-invalid-email', 'Please provide a valid email address.');
    if (isTaken('email', email.toLowerCase())) throw before ? emailOfAnother() : emailExists();
    if (before && given['username'] !== undefined && given['username'] !== before['username'])
      throw new ApiError(400, 'woocommerce_rest_customer_invalid_argument', 'Username isn’t editable.');
    const username = textOf(item['username']) || freeName(email, (name) => isTaken('username', name));
    if (isTaken('username', username))
      throw new ApiError(
        400,
        'registration-error-username-exists',
        'An account is already registered with that username. Please choose another.',
      );
    const hash = createHash('md5').update(email.toLowerCase()).digest('hex');
    return {
      ...item,
      username,
      password: '',
      billing: { ...(isObject(item['billing']) ? item['billing'] : {}) },
      avatar_url: `https://secure.gravatar.com/avatar/${hash}?s=96&d=mm&r=g`,
    };
  },
};

const emailExists = () =>
  new ApiError(
    400,
    'registration-error-email-exists',
    'An account is already registered with your email address. Please log in or use a different email address.',
  );
const emailOfAnother = () =>
  new ApiError(400, 'woocommerce_rest_customer_invalid_email', 'Email address is invalid.');

function freeName(email: string, isTaken: (name: string) => boolean): string {
  const base = email.split('@', 1)[0]?.toLowerCase() || 'customer';
  let name = base;
  for (let number = 1; isTaken(name); number++) name = `${base}${number}`;
  return name;
}
