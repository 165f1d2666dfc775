import { ApiError } from './api-error';
import * as field from './fields';
import type { Change, Resource } from './resource';
import { BY_DATE, idFilter, statusFilter, textFilter } from './select-items';
import { numberOf, objectsOf, parseDate, slugOf, textOf, type Item, type Values } from './values';

const TYPES = ['simple', 'grouped', 'external', 'variable'];
const STOCK = ['instock', 'outofstock', 'onbackorder'];
const { date, flag, integer, list, mixed, number, object, oneOf, readOnly, text } = field;

const TERM = object({ id: integer(), name: text(), slug: text() });
const IMAGE = object({ id: integer(), ...field.DATES, src: text(), name: text(), alt: text() });
const ATTRIBUTE = object({
  id: integer(),
  name: text(),
  position: integer(),
  visible: flag(),
  variation: flag(),
  options: list(text()),
});

const FIELDS: field.Fields = {
  name: text('Product'),
  slug: text(),
  permalink: readOnly(text()),
  ...field.DATES,
  type: oneOf(...TYPES),
  status: oneOf('publish', 'draft', 'pending', 'private', 'future'),
  featured: flag(),
  catalog_visibility: oneOf('visible', 'catalog', 'search', 'hidden'),
  description: text(),
  short_description: text(),
  sku: text(),
  price: readOnly(text()),
  regular_price: text(),
  sale_price: text(),
  date_on_sale_from: date(),
  date_on_sale_from_gmt: date(),
  date_on_sale_to: date(),
  date_on_sale_to_gmt: date(),
  on_sale: readOnly(flag()),
  purchasable: readOnly(flag()),
  total_sales: readOnly(integer()),
  virtual: flag(),
  downloadable: flag(),
  downloads: list(object({ id: text(), name: text(), file: text() })),
  download_limit: integer(-1),
  download_expiry: integer(-1),
  external_url: text(),
  button_text: text(),
  tax_status: oneOf('taxable', 'shipping', 'none'),
  tax_class: text(),
  manage_stock: flag(),
  stock_quantity: number(null),
  backorders: oneOf('no', 'notify', 'yes'),
  backorders_allowed: readOnly(flag()),
  backordered: readOnly(flag()),
  low_stock_amount: number(null),
  sold_individually: flag(),
  weight: text(),
  dimensions: object({ length: text(), width: text(), height: text() }),
  shipping_required: readOnly(flag(true)),
  shipping_taxable: readOnly(flag(true)),
  shipping_class: text(),
  shipping_class_id: readOnly(integer()),
  reviews_allowed: flag(true),
  average_rating: readOnly(text('0.00')),
  rating_count: readOnly(integer()),
  upsell_ids: list(integer()),
  cross_sell_ids: list(integer()),
  parent_id: integer(),
  purchase_note: text(),
  categories: list(TERM),
  tags: list(TERM),
  images: list(IMAGE),
  attributes: list(ATTRIBUTE),
  default_attributes: list(object({ id: integer(), name: text(), option: text() })),
  variations: readOnly(list(mixed())),
  grouped_products: list(integer()),
  menu_order: integer(),
  price_html: readOnly(text()),
  related_ids: readOnly(list(integer())),
  meta_data: field.META_DATA,
  stock_status: oneOf(...STOCK),
  has_options: readOnly(flag()),
  post_password: text(),
  global_unique_id: text(),
};

const price = (item: Item) => numberOf(item['price']);

export const PRODUCTS: Resource = {
  path: 'products',
  type: 'product',
  fields: FIELDS,
  hasTrash: true,
  looksFirst: true,
  foundBy: {
    sku: (item) => [textOf(item['sku'])].filter(Boolean),
    slug: (item) => [textOf(item['slug'])],
    category: (item) => objectsOf(item['categories']).map(({ id }) => textOf(id)),
  },
  listing: {
    searched: (item) => ['name', 'description', 'short_description', 'sku'].map((member) => item[member]),
    orderBy: {
      ...BY_DATE,
      title: (item) => textOf(item['name']),
      slug: (item) => textOf(item['slug']),
      price,
      popularity: (item) => numberOf(item['total_sales']),
      rating: (item) => numberOf(item['average_rating']),
      menu_order: (item) => numberOf(item['menu_order']),
    },
    defaultOrderBy: 'date',
    defaultOrder: 'desc',
    filters: {
      slug: textFilter('slug'),
      status: statusFilter(['draft', 'pending', 'private', 'publish', 'future', 'trash']),
      type: textFilter('type', TYPES),
      stock_status: textFilter('stock_status', STOCK),
      featured: { field: { type: 'boolean' }, matches: (item, value) => item['featured'] === value },
      on_sale: { field: { type: 'boolean' }, matches: (item, value) => item['on_sale'] === value },
      sku: {
        field: { type: 'string' },
        matches: (item, value) => textOf(value).split(',').includes(textOf(item['sku'])),
      },
      min_price: { field: { type: 'string' }, matches: (item, value) => price(item) >= numberOf(value) },
      max_price: { field: { type: 'string' }, matches: (item, value) => price(item) <= numberOf(value) },
      category: { field: { type: 'string' }, matches: hasTerm('categories') },
      tag: { field: { type: 'string' }, matches: hasTerm('tags') },
      parent: idFilter('parent_id'),
      parent_exclude: idFilter('parent_id', false),
    },
  },
  settle: (item, change) => ({
    ...item,
    ...identity(item, change),
    ...prices(item, change),
    ...stock(item),
    categories: objectsOf(item['categories']).flatMap((term) => named(term, change)),
    images: objectsOf(item['images']).map((image) => completeImage(image, change)),
    shipping_required: item['virtual'] !== true,
    shipping_taxable: item['virtual'] !== true && item['tax_status'] !== 'none',
  }),
};

function hasTerm(member: string) {
  return (item: Item, value: unknown) =>
    objectsOf(item[member]).some(({ id }) => textOf(value).split(',').includes(textOf(id)));
}

function identity(item: Item, { shop }: Change): Values {
  const sku = textOf(item['sku']);
  const same = shop.findBy('products', 'sku', sku, item.id);
  if (same)
    throw new ApiError(400, 'product_invalid_sku', 'Invalid or duplicated SKU.', {
      resource_id: same.id,
      unique_sku: `${sku}-1`,
    });
  const wanted = slugOf(textOf(item['slug']) || textOf(item['name'])) || `product-${item.id}`;
  const isTaken = shop.findBy('products', 'slug', wanted, item.id) !== undefined;
  const slug = isTaken ? `${wanted}-${item.id}` : wanted;
  return { slug, permalink: `${shop.url}/product/${slug}/` };
}

function prices(item: Item, { now, given }: Change): Values {
  const [regular, sale] = [textOf(item['regular_price']), textOf(item['sale_price'])];
  const time = parseDate(now) ?? 0;
  const from = parseDate(textOf(item['date_on_sale_from'])) ?? -Infinity;
  const to = parseDate(textOf(item['date_on_sale_to'])) ?? Infinity;
  const isOnSale = sale !== '' && numberOf(sale) < numberOf(regular) && from <= time && time <= to;
  // A seed may have nothing but a price.
  const price = isOnSale ? sale : regular || (given['regular_price'] === '' ? '' : textOf(item['price']));
  return {
    price,
    regular_price: regular || price,
    on_sale: isOnSale,
    purchasable: price !== '' && item['type'] !== 'external',
    price_html:
      price === ''
        ? ''
        : `<span class="woocommerce-Price-amount amount">$${numberOf(price).toFixed(2)}</span>`,
  };
}

function stock(item: Item): Values {
  const isAllowed = item['backorders'] !== 'no';
  if (item['manage_stock'] !== true)
    return {
      stock_quantity: null,
      backorders_allowed: isAllowed,
      backordered: item['stock_status'] === 'onbackorder',
    };
  const quantity = numberOf(item['stock_quantity']);
  const status = quantity > 0 ? 'instock' : isAllowed ? 'onbackorder' : 'outofstock';
  return {
    stock_quantity: quantity,
    stock_status: status,
    backorders_allowed: isAllowed,
    backordered: isAllowed && quantity < 0,
  };
}

/** Returns a category with its name. WooCommerce skips categories that do not exist. */
function named(term: Values, { shop, isSeed }: Change): Values[] {
  const category = shop.find('products/categories', numberOf(term['id']));
  if (!category && isSeed) return [term];
  return category ? [{ id: category.id, name: category['name'], slug: category['slug'] }] : [];
}

function completeImage(image: Values, { now, shop }: Change): Values {
  const dates = { date_created: now, date_created_gmt: now, date_modified: now, date_modified_gmt: now };
  const complete = { ...dates, src: '', name: '', alt: '', ...image };
  return { ...complete, id: numberOf(image['id']) || shop.nextPartId() };
}
