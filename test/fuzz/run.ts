import { seeded } from '../support/seeded.ts';
import { shrink } from './shrink.ts';
import type { Target } from './target.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly cases: number;
  readonly say: (text: string) => void;
}

/** More than the caches that the first cases fill, in MiB. */
const heapAllowed = 60;
const warmUp = 2_000;
const maxFailures = 5;

/** Runs so many cases of a target, says what came out, and is false where something was wrong. */
export async function fuzz(target: Target, { seed, cases, say }: FuzzOptions): Promise<boolean> {
  const began = performance.now();
  let failures = 0;
  let next = 0;
  let heapBefore: number | null = null;

  async function worker(): Promise<void> {
    while (next < cases && failures < maxFailures) {
      const index = next++;
      if (index === warmUp) heapBefore = heapUsed();
      const steps = target.steps(seeded(`${seed}/${target.name}/${index}`));
      const problem = await attempt(target, steps);
      if (problem === null) continue;
      failures++;
      const smallest = await shrink(steps, async (fewer) => (await attempt(target, fewer)) !== null);
      say(
        `\nFAILED ${target.name}, seed ${seed}, case ${index}: ${problem}\n` +
          `  fewest steps: ${smallest.map(({ kind }) => kind).join(', ')}\n${target.show(smallest)}\n`,
      );
    }
  }
  await Promise.all(Array.from({ length: target.atOnce }, worker));
  const seconds = (performance.now() - began) / 1_000;
  const problems = [...(await target.end())];
  const grown = heapBefore === null ? 0 : heapUsed() - heapBefore;
  if (grown > heapAllowed)
    problems.push(`this process holds ${grown.toFixed(0)} MiB more than after ${warmUp} cases`);
  for (const problem of problems) say(`FAILED ${target.name}: ${problem}`);
  const rate = Math.round(next / seconds);
  say(`${target.name}: ${next} cases in ${seconds.toFixed(1)} s (${rate}/s), ${failures} failed`);
  for (const [outcome, count] of [...target.outcomes].sort(([, one], [, other]) => other - one)) {
    say(`  ${String(count).padStart(8)}  ${outcome}`);
  }
  return failures === 0 && problems.length === 0;
}

/** A target that throws has failed as well: nothing may get that far. */
async function attempt(target: Target, steps: Parameters<Target['run']>[0]): Promise<string | null> {
  try {
    return await target.run(steps);
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
