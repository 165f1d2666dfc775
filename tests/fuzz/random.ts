/**
 * Random choices that repeat with the same seed: mulberry32, started from the seed and the number
 * of the request.
 */
export type Random = ReturnType<typeof seeded>;

export function seeded(seed: number, index: number) {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    chance: (probability: number) => next() < probability,
    pick<T>(list: readonly T[]): T {
      const picked = list[below(list.length)];
      if (picked === undefined) throw new Error('the list to pick from is empty');
      return picked;
    },
    /** Returns bytes as a byte string. */
    bytes: (length: number) => Array.from({ length }, () => String.fromCharCode(below(256))).join(''),
  };
}
