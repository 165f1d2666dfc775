/** Returns a word as a POSIX shell takes it. */
export const inShell = (word: string): string =>
  /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
