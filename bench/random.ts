/** A repeatable source of whole numbers from 0 to 2^32 - 1. */
export type Random = () => number;

/** The same seed always gives the same row. It is mulberry32: good enough for ids and jitter, and no secret. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
