/** Random numbers that a seed repeats: moments, keys, answers. */
export interface Random {
  /** Returns a number from 0 up to, but not including, `limit`. */
  below(limit: number): number;
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Returns up to `count` of the items, each at most once. */
  some<T>(list: readonly T[], count: number): T[];
}

/** The generator Mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (limit: number) => Math.floor(next() * limit);
  function pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('The list to pick from is empty.');
    return list[below(list.length)]!;
  }
  return {
    below,
    between: (least, most) => least + next() * (most - least),
    chance: (probability) => next() < probability,
    pick,
    some(list, count) {
      if (list.length <= count) return [...list];
      const chosen = new Set<number>();
      while (chosen.size < count) chosen.add(below(list.length));
      return [...chosen].map((index) => list[index]!);
    },
  };
}
