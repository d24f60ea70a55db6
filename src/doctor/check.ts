import type { Group, Judgement } from './finding.ts';
import type { World } from './world.ts';

/** One thing to look at. Checks run side by side, and none knows of another. */
export interface Check {
  readonly group: Group;
  readonly name: string;
  run(world: World): Promise<readonly Judgement[]>;
}

/**
 * @param probe asks the outside for facts. What it throws is a finding by itself
 * @param judge says what the facts mean. Pure
 */
export function checkOf<Facts>(
  group: Group,
  name: string,
  probe: (world: World) => Promise<Facts> | Facts,
  judge: (facts: Facts) => readonly Judgement[],
): Check {
  return { group, name, run: async (world) => judge(await probe(world)) };
}

/** Thrown by a probe whose question has no sense now: something else is missing, which another check tells. */
export class NotNow extends Error {}
