import type { Database } from './database';

/** The comparison of a column with a pattern, `\` taking `%` and `_` by their word, capitals of ASCII being no matter. */
export const likeOf = (client: Database['client']): string =>
  `${client === 'sqlite' ? 'like' : 'ilike'} ? escape '\\'`;
