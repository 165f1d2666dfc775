import { ApiError } from './api-error';
import { chosen } from './present';
import type { Call, Route } from './route';
import type { Values } from './values';

const WOOCOMMERCE_VERSION = '10.5.0';

const CURRENCIES: readonly Values[] = [
  { code: 'EUR', name: 'Euro', symbol: '&euro;' },
  { code: 'GBP', name: 'Pound sterling', symbol: '&pound;' },
  { code: 'USD', name: 'United States (US) dollar', symbol: '&#36;' },
];

const DATA: readonly Values[] = [{ slug: 'currencies', description: 'List of supported currencies.' }];

const GATEWAYS: readonly Values[] = [
  gateway('bacs', 'Direct bank transfer', 'Pay by bank transfer.', true, ['products']),
  gateway('cheque', 'Check payments', 'Pay by check.', false, ['products']),
  gateway('cod', 'Cash on delivery', 'Pay with cash on delivery.', true, ['products']),
];

function gateway(id: string, title: string, description: string, enabled: boolean, supports: string[]) {
  return {
    id,
    title,
    description,
    order: '',
    enabled,
    method_title: title,
    method_description: description,
    method_supports: supports,
    settings: {
      title: {
        id: 'title',
        label: 'Title',
        description: '',
        type: 'safe_text',
        value: title,
        default: title,
        tip: '',
        placeholder: '',
      },
    },
    needs_setup: false,
    post_install_scripts: [],
    settings_url: '',
    connection_url: null,
    setup_help_text: null,
    required_settings_keys: [],
  };
}

/** Routes that tell about the store: its currencies, ways to pay and state. They can be read only. */
export function factRoutes(url: string): Route[] {
  return [
    listRoute('data', 'slug', DATA),
    ...listRoutes(
      'data/currencies',
      'code',
      CURRENCIES,
      new ApiError(
        404,
        'woocommerce_rest_data_invalid_currency',
        'There are no currencies matching these parameters.',
      ),
    ),
    ...listRoutes(
      'payment_gateways',
      'id',
      GATEWAYS,
      new ApiError(404, 'woocommerce_rest_payment_gateway_invalid', 'Resource does not exist.'),
    ),
    {
      pattern: 'system_status',
      methods: { GET: ({ given }) => ({ body: chosen(systemStatus(url), given['_fields']) }) },
    },
  ];
}

function shown(entry: Values, path: string, key: string, { base, given }: Call): Values {
  const _links = {
    self: [{ href: `${base}/${path}/${String(entry[key])}` }],
    collection: [{ href: `${base}/${path}` }],
  };
  return chosen({ ...entry, _links }, given['_fields']);
}

function listRoute(path: string, key: string, entries: readonly Values[]): Route {
  const list = (call: Call) => ({ body: entries.map((entry) => shown(entry, path, key, call)) });
  return { pattern: path, methods: { GET: list } };
}

function listRoutes(path: string, key: string, entries: readonly Values[], unknown: ApiError): Route[] {
  const find = (call: Call): Values => {
    const name = call.names['id']?.toLowerCase();
    const wanted = path === 'data/currencies' && name === 'current' ? 'usd' : name;
    const entry = entries.find((one) => String(one[key]).toLowerCase() === wanted);
    if (!entry) throw unknown;
    return entry;
  };
  return [
    listRoute(path, key, entries),
    {
      pattern: `${path}/(?P<id>[\\w-]+)`,
      methods: { GET: (call) => ({ body: shown(find(call), path, key, call) }) },
    },
  ];
}

function systemStatus(url: string): Values {
  return {
    environment: {
      home_url: url,
      site_url: url,
      version: WOOCOMMERCE_VERSION,
      log_directory: '',
      log_directory_writable: true,
      wp_version: '7.1',
      wp_multisite: false,
      wp_memory_limit: 268435456,
      wp_debug_mode: false,
      wp_cron: true,
      language: 'en_US',
      external_object_cache: null,
      server_info: 'wc-auth-server emulator',
      php_version: '8.3.0',
      php_post_max_size: 8388608,
      php_max_execution_time: 30,
      php_max_input_vars: 1000,
      curl_version: '',
      suhosin_installed: false,
      max_upload_size: 2097152,
      mysql_version: '8.0.36',
      mysql_version_string: '8.0.36',
      default_timezone: 'UTC',
      fsockopen_or_curl_enabled: true,
      soapclient_enabled: true,
      domdocument_enabled: true,
      gzip_enabled: true,
      mbstring_enabled: true,
      remote_post_successful: true,
      remote_post_response: '200',
      remote_get_successful: true,
      remote_get_response: '200',
    },
    database: {
      wc_database_version: WOOCOMMERCE_VERSION,
      database_prefix: 'wp_',
      maxmind_geoip_database: '',
      database_tables: { woocommerce: {}, other: {} },
    },
    active_plugins: [
      {
        plugin: 'woocommerce/woocommerce.php',
        name: 'WooCommerce',
        version: WOOCOMMERCE_VERSION,
        version_latest: WOOCOMMERCE_VERSION,
        url: 'https://woocommerce.com/',
        author_name: 'Automattic',
        author_url: 'https://woocommerce.com',
        network_activated: false,
      },
    ],
    inactive_plugins: [],
    dropins_mu_plugins: { dropins: [], mu_plugins: [] },
    theme: {
      name: 'Emulator',
      version: '1.0',
      is_child_theme: false,
      has_woocommerce_support: true,
      overrides: [],
    },
    settings: {
      api_enabled: true,
      force_ssl: false,
      currency: 'USD',
      currency_symbol: '&#36;',
      currency_position: 'left',
      thousand_separator: ',',
      decimal_separator: '.',
      number_of_decimals: 2,
      geolocation_enabled: false,
      taxonomies: { external: 'external', grouped: 'grouped', simple: 'simple', variable: 'variable' },
    },
    security: { secure_connection: url.startsWith('https:'), hide_errors: true },
    pages: [],
    post_type_counts: [],
  };
}
