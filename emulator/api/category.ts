import { ApiError } from './api-error';
import * as field from './fields';
import type { Resource } from './resource';
import { idFilter, textFilter } from './select-items';
import { slugOf, textOf, type Values } from './values';

const { integer, mixed, oneOf, readOnly, required, text } = field;

export const CATEGORIES: Resource = {
  path: 'products/categories',
  type: 'term',
  fields: {
    name: required(text()),
    slug: text(),
    parent: integer(),
    description: text(),
    display: oneOf('default', 'products', 'subcategories', 'both'),
    image: mixed(),
    menu_order: integer(),
    count: readOnly(integer()),
  },
  hasTrash: false,
  looksFirst: true,
  foundBy: { slug: (item) => [slugBelow(item)] },
  unknownId: { code: 'woocommerce_rest_term_invalid', message: 'Resource does not exist.', status: 404 },
  listing: {
    searched: (item) => [item['name'], item['slug']],
    orderBy: {
      id: ({ id }) => id,
      name: (item) => textOf(item['name']),
      slug: (item) => textOf(item['slug']),
      count: (item) => Number(item['count']),
    },
    defaultOrderBy: 'name',
    defaultOrder: 'asc',
    filters: { slug: textFilter('slug'), parent: idFilter('parent') },
  },
  view: (item, shop) => ({
    ...item,
    count: shop.countBy('products', 'category', String(item.id)),
  }),
  settle(item, { shop }) {
    const slug = slugOf(textOf(item['slug']) || textOf(item['name'])) || `category-${item.id}`;
    const same = shop.findBy('products/categories', 'slug', slugBelow({ ...item, slug }), item.id);
    if (same)
      throw new ApiError(
        400,
        'term_exists',
        'A term with the name provided already exists with this parent.',
        { resource_id: same.id },
      );
    return { ...item, slug };
  },
};

/** Categories with other parents may have the same slug. */
const slugBelow = ({ slug, parent }: Values): string => `${textOf(slug)} ${textOf(parent)}`;
