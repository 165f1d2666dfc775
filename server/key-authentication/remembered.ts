const REMEMBERED_MAX = 1_000;

/**
 * Returns a function that remembers its latest results, for texts of which few differ. A result that is
 * `undefined` is computed each time.
 */
export function remembered<T>(of: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= REMEMBERED_MAX) known.clear();
    const made = of(text);
    known.set(text, made);
    return made;
  };
}
