import { setTimeout as delay } from 'node:timers/promises';
import { type Misbehaviour, misbehaviours } from '../support/homeserver.ts';
import { type Seeded, seeded } from '../support/seeded.ts';
import { withDatabase } from './database.ts';
import type { CyclePlan, Fault } from './plan.ts';
import { type System, webhookSecret } from './system.ts';
import { storm } from './traffic.ts';

/** Makes all faults of a cycle happen, and resolves when the last one is over. What cannot be done here is said. */
export async function commitFaults(
  system: System,
  plan: CyclePlan,
  seed: number,
  say: (text: string) => void,
): Promise<void> {
  await Promise.all(
    plan.faults.map(async (fault, index) => {
      const impossible = whyImpossible(system, fault);
      if (impossible !== null) {
        say(`  SKIPPED ${fault.kind}: ${impossible}`);
        return;
      }
      await delay(fault.atMs);
      await commit(system, fault, seeded(`${seed}/fault/${plan.cycle}/${index}`));
    }),
  );
}

function whyImpossible({ disks, clocks }: System, fault: Fault): string | null {
  if (fault.kind === 'disk full' && !disks[fault.instance]?.isOwn) {
    return 'this process may not mount a small disk';
  }
  if (fault.kind === 'clock jump' && !clocks[fault.instance]?.isAble) {
    return 'libfaketime is not installed';
  }
  return null;
}

async function commit(system: System, fault: Fault, chance: Seeded): Promise<void> {
  const { forMs } = fault;
  switch (fault.kind) {
    case 'kill':
      return system.instances[fault.instance]?.end('SIGKILL', forMs);
    case 'terminate':
      return system.instances[fault.instance]?.end('SIGTERM', forMs);
    case 'freeze':
      return system.instances[fault.instance]?.freeze(forMs);
    case 'disk full':
      system.disks[fault.instance]?.fill();
      await delay(forMs);
      return system.disks[fault.instance]?.free();
    case 'clock jump':
      system.clocks[fault.instance]?.jump(fault.seconds);
      await delay(forMs);
      return system.clocks[fault.instance]?.jump(0);
    case 'leaders lose their connections':
      return endLeaders(system);
    case 'postgres':
      return commitOnPostgres(system, fault.how, forMs, chance);
    case 'kurrentdb':
      return commitOnKurrentdb(system, fault.how, forMs);
    case 'network': {
      const link = system.links[fault.link];
      if (fault.how === 'cut') return link.cut();
      link.trouble(fault.how);
      await delay(forMs);
      return link.restore();
    }
    case 'homeserver':
      if (fault.how === 'kill' || fault.how === 'freeze') return system.homeserver[fault.how](forMs);
      await system.homeserver.misbehave(homeserverFaults[fault.how], forMs);
      // Whoever does not answer is restarted in the end; now and then nobody does, and our own patience has to end.
      if (fault.how.startsWith('hang') && chance.percent(80)) system.links.homeserver.cut();
      return;
    case 'gitea':
      if (fault.how === 'kill' || fault.how === 'freeze') return system.gitea[fault.how](forMs);
      return system.gitea.misbehave(fault.how, forMs);
    case 'replay storm': {
      const [first, ...others] = system.gitea.deliveries().slice(-50);
      if (first)
        await storm(system.hookUrl, webhookSecret, chance.pick([first, ...others]), fault.deliveries);
    }
  }
}

/** Another fault may have taken the database away. */
async function endLeaders(system: System): Promise<void> {
  const statement = `select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and application_name like 'pushledger leader%'`;
  await withDatabase(system, (database) => database.query(statement)).catch(() => undefined);
}

type HomeserverFault = Exclude<Extract<Fault, { kind: 'homeserver' }>['how'], 'kill' | 'freeze'>;

const homeserverFaults: Record<HomeserverFault, Misbehaviour> = {
  hang: { kind: 'hang' },
  'hang-after': { kind: 'hang-after' },
  'cut-before': { kind: 'cut-before' },
  'cut-after': { kind: 'cut-after' },
  'rate-limited': misbehaviours.rateLimited(1),
  'server error': misbehaviours.serverError,
  rubbish: misbehaviours.rubbish,
};

async function commitOnPostgres(
  { postgres }: System,
  how: Extract<Fault, { kind: 'postgres' }>['how'],
  forMs: number,
  chance: Seeded,
): Promise<void> {
  switch (how) {
    case 'kill':
      await postgres.kill();
      break;
    case 'kill a backend':
      await postgres.killBackend((count) => chance.integer(0, count - 1));
      break;
    case 'freeze':
      await postgres.freeze(forMs);
      break;
    case 'restart':
      await postgres.restart();
  }
}

async function commitOnKurrentdb(
  { kurrentdb }: System,
  how: Extract<Fault, { kind: 'kurrentdb' }>['how'],
  forMs: number,
): Promise<void> {
  switch (how) {
    case 'kill':
      await kurrentdb?.kill(forMs);
      break;
    case 'freeze':
      await kurrentdb?.freeze(forMs);
      break;
    case 'slow':
      await kurrentdb?.slow(100, forMs);
      break;
    default:
      await kurrentdb?.misbehave(how, forMs);
  }
}
