import { expect, test } from 'vitest';
import { cyclesPerStretch, describePlan, planCycle, topologyOf } from './plan.ts';

const plans = (seed: number, count = 400) =>
  Array.from({ length: count }, (_, cycle) => planCycle(seed, cycle));

test('a seed gives the same plan in every run, whichever cycle is asked for first', () => {
  const [first, second] = [plans(7), plans(7).toReversed().toReversed()];
  expect(second).toEqual(first);
  expect(planCycle(7, 123)).toEqual(first[123]);
  expect(plans(8)).not.toEqual(first);
});

test('every kind of fault is in a long campaign, and none where it cannot be', () => {
  const faults = plans(7).flatMap((plan) => plan.faults.map((fault) => ({ ...plan.topology, ...fault })));
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(
    new Set([
      'kill',
      'terminate',
      'freeze',
      'disk full',
      'clock jump',
      'leaders lose their connections',
      'postgres',
      'kurrentdb',
      'network',
      'homeserver',
      'gitea',
      'replay storm',
    ]),
  );
  for (const fault of faults) {
    if (fault.kind === 'kurrentdb') expect(fault.store).toBe('kurrentdb');
    if (fault.kind === 'kill' || fault.kind === 'terminate') expect(fault.mayDie).toBe(true);
    if ('instance' in fault) expect(fault.instance).toBeLessThan(fault.instances);
  }
});

test.each(['homeserver', 'gitea', 'postgres', 'kurrentdb'])(
  '%s is killed and frozen in a long campaign',
  (kind) => {
    const faults = plans(7).flatMap((plan) => plan.faults);
    const hows = new Set(
      faults.flatMap((fault) => (fault.kind === kind && 'how' in fault ? [fault.how] : [])),
    );
    expect([...hows]).toEqual(expect.arrayContaining(['kill', 'freeze']));
  },
);

test('a campaign goes through all topologies, and begins one anew after some cycles', () => {
  const names = plans(7, 4 * cyclesPerStretch).map(({ topology }) => topology.name);
  expect(new Set(names).size).toBe(4);
  expect(topologyOf(0)).toBe(topologyOf(cyclesPerStretch - 1));
  expect(topologyOf(4 * cyclesPerStretch)).toBe(topologyOf(0));
});

test('the plan is told with all that it takes to see what happens when', () => {
  const plan = plans(7).find(({ faults }) => faults.some(({ kind }) => kind === 'network'));
  expect(plan && describePlan(plan)).toMatch(
    /^cycle \d+ \(.+\): \d+ pushes\/s for \d+ ms\n {2}at \d+ ms for \d+ ms: /,
  );
});
