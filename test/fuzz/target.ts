import type { Seeded } from '../support/seeded.ts';

/** A change on the way to a case: chance of its own, so that it is the same without those before it. */
export interface Step {
  readonly kind: string;
  readonly seed: string;
}

/** What is fuzzed. */
export interface Target {
  readonly name: string;
  /** Of all cases, the share that is this target's. */
  readonly share: number;
  /** So many cases are under way at once. */
  readonly atOnce: number;
  /** What becomes of a case. */
  steps(chance: Seeded): readonly Step[];
  /** Runs the case that these steps make. Null, or what was wrong with it. */
  run(steps: readonly Step[]): Promise<string | null>;
  /** The case itself, to be looked at. */
  show(steps: readonly Step[]): string;
  /** What came out, by name, for the table at the end. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** What is to hold when all is over: the process lives, memory is as before. */
  end(): Promise<readonly string[]>;
}

export function createOutcomes() {
  const outcomes = new Map<string, number>();
  return {
    outcomes,
    count: (name: string) => void outcomes.set(name, (outcomes.get(name) ?? 0) + 1),
  };
}

/** So many steps, of these kinds by their weights. */
export function chooseSteps(
  chance: Seeded,
  kinds: readonly (readonly [weight: number, kind: string])[],
  most: number,
): Step[] {
  return Array.from({ length: chance.integer(1, most) }, () => ({
    kind: chance.weighted(kinds),
    seed: chance.bytes(6).toString('hex'),
  }));
}
