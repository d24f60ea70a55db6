/** Chance that a seed repeats: the same seed gives the same choices in every run, on every machine. */
export interface Seeded {
  /** In [0, 1). */
  number(): number;
  /** A whole number from `from` to `to`, both included. */
  integer(from: number, to: number): number;
  /** True in so many of a hundred cases. */
  percent(share: number): boolean;
  pick<T>(values: readonly [T, ...T[]]): T;
  /** One of these by their weights. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T;
  bytes(length: number): Buffer;
}

/** mulberry32: https://github.com/cprosche/mulberry32. Seeds are numbers or texts, such as `7/cycle 12`. */
export function seeded(seed: number | string): Seeded {
  let state = typeof seed === 'number' ? seed : hashOf(seed);
  const number = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const integer = (from: number, to: number) => from + Math.floor(number() * (to - from + 1));
  return {
    number,
    integer,
    percent: (share) => number() * 100 < share,
    pick: (values) => values[integer(0, values.length - 1)] ?? values[0],
    weighted(choices) {
      let left = number() * choices.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of choices) {
        left -= weight;
        if (left < 0) return value;
      }
      const last = choices.at(-1);
      if (!last) throw new Error('nothing to choose from');
      return last[1];
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => integer(0, 255))),
  };
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
}
