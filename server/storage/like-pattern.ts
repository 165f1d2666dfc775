/** A pattern for SQL's `like`, in which `\\` escapes `%` and `_`. */
export type LikePattern = string & { readonly isLikePattern: true };

const escaped = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** Returns the pattern of every value that contains the text. */
export const containing = (text: string) => `%${escaped(text)}%` as LikePattern;

/** Returns the pattern of the text itself. */
export const exactly = (text: string) => escaped(text) as LikePattern;
