import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { seeded } from '../support/seeded.ts';
import { askCommands } from './commands.ts';
import { digestOf } from './deliveries.ts';
import { gatherEvidence, parkedThings } from './evidence.ts';
import { commitFaults } from './faults.ts';
import { violations } from './invariants.ts';
import { createLeakWatch, ownUsage } from './leaks.ts';
import { emptyWorld, type LoggedWorld } from './log-fold.ts';
import { type CyclePlan, cyclesPerStretch, describePlan, planCycle, topologyOf } from './plan.ts';
import { type OwnPostgres, startOwnPostgres } from './postgres.ts';
import { recoverMissed } from './recover.ts';
import { leftBehind } from './refs.ts';
import { createLogWatch } from './service-log.ts';
import { redeliver, settle } from './settle.ts';
import { type System, startSystem } from './system.ts';
import { pushFor } from './traffic.ts';

export interface CampaignOptions {
  readonly cycles: number;
  readonly seed: number;
  /** The first cycle. */
  readonly from: number;
  /** No cycle begins after this, by `performance.now()`. */
  readonly untilMs: number;
  /** The directory of the service's logs. */
  readonly logs: string;
  readonly say: (text: string) => void;
}

/** In a stretch the commands are asked after so many cycles, and at its end. */
const cyclesPerAudit = 4;
/** What follows late from the faults may come in between: looked at again, it has settled. */
const looks = 4;
/** Of a hundred deliveries without a good answer, so many are never sent again by hand; nor what a killed Gitea lost. */
const leftPercent = 10;

/** What a stretch has done, in numbers. */
interface Tally {
  cycles: number;
  deliveries: number;
  pushes: number;
  messages: number;
  events: number;
}

/** `broken`: a promise was not kept, or the system did not come to rest; all about it was said. */
export async function runCampaign(options: CampaignOptions): Promise<'kept' | 'broken'> {
  const { cycles, seed, from, untilMs, say } = options;
  say(`seed ${seed}, ${cycles} cycles from ${from}`);
  const began = performance.now();
  const tally: Tally = { cycles: 0, deliveries: 0, pushes: 0, messages: 0, events: 0 };
  const end = from + cycles;
  let own: OwnPostgres | null = null;
  try {
    own = await startOwnPostgres();
    for (let first = from; first < end && performance.now() < untilMs; ) {
      const next = Math.min(end, (Math.floor(first / cyclesPerStretch) + 1) * cyclesPerStretch);
      const plans = Array.from({ length: next - first }, (_, index) => planCycle(seed, first + index));
      const logs = join(options.logs, `from-cycle-${first}`);
      if (!(await runStretch({ ...options, logs }, plans, own, tally))) return 'broken';
      rmSync(logs, { recursive: true, force: true });
      first = next;
    }
  } finally {
    await own?.close();
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  say(
    `${tally.cycles} cycles in ${seconds} s: ${tally.deliveries} deliveries, ${tally.pushes} pushes, ` +
      `${tally.messages} messages and edits, ${tally.events} events. All promises were kept (seed ${seed}).`,
  );
  return 'kept';
}

async function runStretch(
  options: CampaignOptions,
  plans: readonly CyclePlan[],
  own: OwnPostgres,
  tally: Tally,
): Promise<boolean> {
  const { seed, logs, say } = options;
  const [{ cycle: first } = { cycle: 0 }] = plans;
  const topology = topologyOf(first);
  const system = await startSystem(topology, topology.postgres === 'own' ? own : null, logs);
  const log = emptyWorld();
  const leaks = createLeakWatch();
  const lines = createLogWatch();
  let current: CyclePlan | null = null;
  try {
    await settleAll(system, seed);
    await leaks.check(system);
    for (const plan of plans) {
      if (performance.now() > options.untilMs) break;
      current = plan;
      say(describePlan(plan));
      const isLast = plan === plans.at(-1) || performance.now() > options.untilMs;
      const began = performance.now();
      await runCycle(system, plan, seed, say);
      const found = await lookForViolations(system, log);
      if (isLast || (plan.cycle + 1) % cyclesPerAudit === 0) {
        found.push(...(await lookForMissed(system, log)));
        found.push(...(await askCommands(system)), ...(await leaks.check(system)));
      }
      const { instances, homeserver, gitea } = system;
      found.push(...[...instances, homeserver, gitea].flatMap(({ faults }) => faults));
      found.push(...(await lines.check(system)));
      if (found.length > 0) return fail(options, plan, found);
      tally.cycles++;
      say(
        `  kept after ${((performance.now() - began) / 1_000).toFixed(1)} s: ${log.pushes.size} pushes so far`,
      );
    }
    say(`  ${leaks.seen.at(-1) ?? ''}`);
    say(`  the campaign: ${await ownUsage()}`);
    tally.deliveries += system.gitea.deliveries().length;
    tally.pushes += log.pushes.size;
    tally.messages += system.homeserver.accepted().length;
    tally.events += log.events;
    return true;
  } catch (error) {
    return fail(options, current, [error instanceof Error ? (error.stack ?? error.message) : String(error)]);
  } finally {
    await system.close();
  }
}

async function runCycle(
  system: System,
  plan: CyclePlan,
  seed: number,
  say: (text: string) => void,
): Promise<void> {
  const { pushesPerSecond: perSecond, forMs } = plan;
  await Promise.all([
    pushFor(system.gitea, `${seed}/traffic/${plan.cycle}`, { perSecond, forMs }),
    commitFaults(system, plan, seed, say),
  ]);
  await settleAll(system, seed);
}

async function settleAll(system: System, seed: number): Promise<void> {
  await redeliver(
    system,
    (delivery) =>
      delivery.state === 'lost' || seeded(`${seed}/left/${digestOf(delivery)}`).percent(leftPercent),
  );
  await settle(system);
}

async function lookForViolations(system: System, log: LoggedWorld): Promise<string[]> {
  let found: string[] = [];
  for (let look = 0; look < looks; look++) {
    found = [...violations(await gatherEvidence(system, log)), ...(await parkedThings(system))];
    if (found.length === 0) return [];
    await settle(system);
  }
  return found;
}

/** What is wrong when recovery has found all that never arrived. */
async function lookForMissed(system: System, log: LoggedWorld): Promise<string[]> {
  const found = await recoverMissed(system);
  await settle(system);
  found.push(...(await lookForViolations(system, log)));
  return [...found, ...leftBehind(log.refs, await system.gitea.heads())];
}

function fail({ seed, say }: CampaignOptions, plan: CyclePlan | null, found: readonly string[]): false {
  const shown = found.slice(0, 30);
  say(`\nNOT KEPT (seed ${seed}, cycle ${plan?.cycle ?? 'none yet'}):`);
  for (const text of shown) say(`  ${text}`);
  if (found.length > shown.length) say(`  … and ${found.length - shown.length} more`);
  if (plan) {
    const start = Math.floor(plan.cycle / cyclesPerStretch) * cyclesPerStretch;
    say(`\n${describePlan(plan)}\n`);
    say(`Again: npm run chaos -- --seed ${seed} --from ${start} --cycles ${plan.cycle - start + 1}`);
  }
  return false;
}
