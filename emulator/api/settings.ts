import { ApiError } from './api-error';
import { chosen } from './present';
import type { Call, Route } from './route';
import type { Values } from './values';

const GROUPS: readonly (readonly [id: string, label: string])[] = [
  ['general', 'General'],
  ['products', 'Products'],
  ['tax', 'Tax'],
  ['shipping', 'Shipping'],
  ['checkout', 'Payments'],
  ['account', 'Accounts & Privacy'],
  ['email', 'Emails'],
  ['integration', 'Integration'],
  ['advanced', 'Advanced'],
];

interface Setting {
  readonly id: string;
  readonly label: string;
  readonly type: string;
  readonly value: string;
}

const GENERAL: readonly Setting[] = [
  { id: 'woocommerce_store_address', label: 'Address line 1', type: 'text', value: '12 Mill Lane' },
  { id: 'woocommerce_store_address_2', label: 'Address line 2', type: 'text', value: '' },
  { id: 'woocommerce_store_city', label: 'City', type: 'text', value: 'Sacramento' },
  { id: 'woocommerce_default_country', label: 'Country / State', type: 'select', value: 'US:CA' },
  { id: 'woocommerce_store_postcode', label: 'Postcode / ZIP', type: 'text', value: '95814' },
  { id: 'woocommerce_allowed_countries', label: 'Selling location(s)', type: 'select', value: 'all' },
  { id: 'woocommerce_ship_to_countries', label: 'Shipping location(s)', type: 'select', value: '' },
  { id: 'woocommerce_calc_taxes', label: 'Enable taxes', type: 'checkbox', value: 'no' },
  { id: 'woocommerce_enable_coupons', label: 'Enable coupons', type: 'checkbox', value: 'yes' },
  { id: 'woocommerce_currency', label: 'Currency', type: 'select', value: 'USD' },
  { id: 'woocommerce_currency_pos', label: 'Currency position', type: 'select', value: 'left' },
  { id: 'woocommerce_price_thousand_sep', label: 'Thousand separator', type: 'text', value: ',' },
  { id: 'woocommerce_price_decimal_sep', label: 'Decimal separator', type: 'text', value: '.' },
  { id: 'woocommerce_price_num_decimals', label: 'Number of decimals', type: 'number', value: '2' },
];

/** Returns the routes of the settings. They can be read only, and most groups are empty. */
export function settingsRoutes(storeName: string): Route[] {
  const settings: Readonly<Record<string, readonly Setting[]>> = {
    general: GENERAL,
    // WooCommerce has no other setting with the name of the store.
    email: [{ id: 'woocommerce_email_from_name', label: '"From" name', type: 'text', value: storeName }],
  };
  const groupIn = ({ names }: Call): string => {
    const group = GROUPS.find(([id]) => id === names['group_id']?.toLowerCase());
    if (!group) throw new ApiError(404, 'rest_setting_setting_group_invalid', 'Invalid setting group.');
    return group[0];
  };
  const list = (call: Call) => {
    const group = groupIn(call);
    return { body: (settings[group] ?? []).map((setting) => settingOf(setting, group, call)) };
  };
  const single = (call: Call) => {
    const group = groupIn(call);
    const setting = settings[group]?.find(({ id }) => id === call.names['id']?.toLowerCase());
    if (!setting) throw new ApiError(404, 'rest_setting_setting_invalid', 'Invalid setting.');
    return { body: settingOf(setting, group, call) };
  };
  return [
    {
      pattern: 'settings',
      methods: { GET: (call) => ({ body: GROUPS.map(([id, label]) => groupOf(id, label, call)) }) },
    },
    { pattern: 'settings/(?P<group_id>[\\w-]+)', methods: { GET: list } },
    { pattern: 'settings/(?P<group_id>[\\w-]+)/(?P<id>[\\w-]+)', methods: { GET: single } },
  ];
}

function groupOf(id: string, label: string, { base, given }: Call): Values {
  const links = { options: [{ href: `${base}/settings/${id}` }] };
  return chosen(
    { id, label, description: '', parent_id: '', sub_groups: [], _links: links },
    given['_fields'],
  );
}

function settingOf({ id, label, type, value }: Setting, group: string, { base, given }: Call): Values {
  const collection = `${base}/settings/${group}`;
  return chosen(
    {
      id,
      label,
      description: '',
      type,
      default: value,
      tip: '',
      value,
      group_id: group,
      _links: { self: [{ href: `${collection}/${id}` }], collection: [{ href: collection }] },
    },
    given['_fields'],
  );
}
