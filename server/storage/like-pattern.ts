/** Returns the pattern for `Dialect.like` that matches every value that contains the text. */
export const containsPattern = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
