import { z } from 'zod';
import { until } from '../support/condition.ts';
import { withDatabase, withLog } from './database.ts';
import { digestOf } from './deliveries.ts';
import type { KeptDelivery } from './doubles/gitea-records.ts';
import type { System } from './system.ts';

/** Long: what was frozen or away is asked again after growing pauses, on a machine that may be busy. */
const patienceMs = 120_000;
const rounds = 20;

/** Presses "Redeliver" for what has no good answer, until it has one: but not for those that `leave` says. */
export async function redeliver(system: System, leave: (delivery: KeptDelivery) => boolean): Promise<void> {
  const { gitea } = system;
  await gitea.idle();
  for (let round = 0; round < rounds; round++) {
    const open = unanswered(gitea.deliveries()).filter((delivery) => !leave(delivery));
    if (open.length === 0) return;
    await Promise.all(system.instances.map((instance) => instance.ready()));
    await gitea.redeliver(open);
    await gitea.idle();
  }
  throw new Error(`after ${rounds} rounds of redelivery there are deliveries without a good answer`);
}

/** One of each body that was never answered 2xx. */
function unanswered(deliveries: readonly KeptDelivery[]): KeptDelivery[] {
  const open = new Map<string, KeptDelivery>();
  for (const delivery of deliveries) open.set(digestOf(delivery), delivery);
  for (const delivery of deliveries) if (isGood(delivery)) open.delete(digestOf(delivery));
  return [...open.values()];
}

export function isGood({ status }: KeptDelivery): boolean {
  return status !== null && status >= 200 && status < 300;
}

const health = z.object({ spool: z.object({ pending: z.number() }) });

/** Waits until all is done that follows from what was delivered. */
export async function settle(system: System): Promise<void> {
  await Promise.all(system.instances.map((instance) => instance.ready()));
  let last: readonly string[] = [];
  try {
    await until(
      'the system to settle',
      async () => {
        last = await unfinished(system).catch((error: unknown) => [String(error)]);
        return last.length === 0;
      },
      patienceMs,
    );
  } catch (error) {
    throw new Error(`${String(error)}: ${last.join('; ')}`);
  }
}

async function unfinished(system: System): Promise<string[]> {
  const found: string[] = [];
  for (const { address, name } of system.instances) {
    const answer = await fetch(`${address}/webhook/health`, { signal: AbortSignal.timeout(5_000) });
    const { pending } = health.parse(await answer.json()).spool;
    if (pending > 0) found.push(`${pending} deliveries wait in the spool of ${name}`);
  }
  if (found.length > 0) return found;
  const head = await withLog(system, (store) => store.head());
  return withDatabase(system, async (database) => {
    const checkpoints = await database.query<{ name: string; position: string }>(
      'select name, position::text as position from pushledger.checkpoints',
    );
    for (const { name, position } of checkpoints.rows) {
      if (BigInt(position) < head) found.push(`${name} is at ${position} of ${head}`);
    }
    const open = await database.query<{ what: string; count: number }>(
      `select 'pushes that are due' as what, count(*)::int as count from pushledger.due_pushes
       union all select 'messages that are not sent', count(*)::int from pushledger.notifications
         where state = 'planned' and not void
       union all select 'triggers that are not done', count(*)::int from pushledger.triggers
         where state = 'due'`,
    );
    return [...found, ...open.rows.flatMap(({ what, count }) => (count > 0 ? [`${count} ${what}`] : []))];
  });
}
