import type { Clock } from '../runtime/clock.ts';

/** Between two lines about them, in milliseconds. */
const quietMs = 10_000;

/** Counts what was refused, so that an overload leaves a line now and then and not one for each. */
export function createRefusals(
  clock: Pick<Clock, 'now'>,
  tell: (refused: number) => void,
): { count(): void } {
  let refused = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    count() {
      refused++;
      const now = clock.now().getTime();
      if (now - toldAt < quietMs) return;
      tell(refused);
      toldAt = now;
      refused = 0;
    },
  };
}
