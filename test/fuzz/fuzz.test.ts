import { expect, test } from 'vitest';
import { seeded } from '../support/seeded.ts';
import { deliveryTarget } from './deliveries.ts';
import { eventTarget } from './events.ts';
import { fuzz } from './run.ts';
import { shrink } from './shrink.ts';
import type { Target } from './target.ts';

async function run(target: Target, cases: number): Promise<{ good: boolean; said: string }> {
  const said: string[] = [];
  const good = await fuzz(target, { seed: 1, cases, say: (text) => said.push(text) });
  return { good, said: said.join('\n') };
}

test('a thousand deliveries out of shape get an answer that we mean to give, and many of them are pushes', async () => {
  const target = await deliveryTarget();
  const { good, said } = await run(target, 1_000);
  expect(good, said).toBe(true);
  expect(target.outcomes.get('200 accepted')).toBeGreaterThan(300);
  expect(target.outcomes.get('422 PUSH_INVALID')).toBeGreaterThan(10);
});

test('stored events out of shape are refused by a code, or can be parked', async () => {
  const target = eventTarget(1);
  const { good, said } = await run(target, 2_000);
  expect(good, said).toBe(true);
  expect(target.outcomes.get('decoded')).toBeGreaterThan(50);
  expect(target.outcomes.get('refused EVENT_INVALID')).toBeGreaterThan(500);
});

test('a seed gives the same cases', async () => {
  const target = eventTarget(1);
  const cases = () =>
    Array.from({ length: 50 }, (_, index) => target.show(target.steps(seeded(`1/x/${index}`))));
  expect(cases()).toEqual(cases());
});

test('a case that fails is told by its fewest steps', async () => {
  const needs = ['b', 'd'];
  const fails = async (steps: readonly string[]) => needs.every((step) => steps.includes(step));
  expect(await shrink(['a', 'b', 'c', 'd', 'e'], fails)).toEqual(needs);
});

test('what a target throws is a failure, with the seed that repeats it', async () => {
  const broken: Target = {
    ...eventTarget(1),
    run: async (steps) => {
      if (steps.some(({ kind }) => kind === 'type')) throw new Error('it broke');
      return null;
    },
  };
  const { good, said } = await run(broken, 500);
  expect(good).toBe(false);
  expect(said).toMatch(/FAILED stored events, seed 1, case \d+: Error: it broke/);
  expect(said).toMatch(/fewest steps: type\n/);
});
