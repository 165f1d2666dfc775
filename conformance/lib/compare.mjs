// Compares an expectation with what was seen. An expectation may contain these patterns:
//   "<any>"                anything, and also nothing
//   "<text>"               any text that is not empty
//   "<has: x>"             a text that contains x, in any case
//   {"<either>": [a, b]}   a or b
export const differences = (want, seen, at = '') => {
  if (want === '<any>') return [];
  if (want === '<text>')
    return typeof seen === 'string' && seen
      ? []
      : [`${at}: expected some text but saw ${JSON.stringify(seen)}`];
  if (typeof want === 'string' && want.startsWith('<has: ') && want.endsWith('>'))
    return typeof seen === 'string' && seen.toLowerCase().includes(want.slice(6, -1).toLowerCase())
      ? []
      : [`${at}: expected a text with ${JSON.stringify(want.slice(6, -1))} but saw ${JSON.stringify(seen)}`];
  if (want && typeof want === 'object' && Array.isArray(want['<either>'])) {
    const tries = want['<either>'].map((w) => differences(w, seen, at));
    return tries.some((t) => !t.length)
      ? []
      : [`${at}: expected one of ${JSON.stringify(want['<either>'])} but saw ${JSON.stringify(seen)}`];
  }
  if (
    want &&
    seen &&
    typeof want === 'object' &&
    typeof seen === 'object' &&
    Array.isArray(want) === Array.isArray(seen)
  )
    return [...new Set([...Object.keys(want), ...Object.keys(seen)])].flatMap((k) =>
      differences(want[k], seen[k], `${at}.${k}`),
    );
  return JSON.stringify(want) === JSON.stringify(seen)
    ? []
    : [`${at}: expected ${JSON.stringify(want)} but saw ${JSON.stringify(seen)}`];
};
