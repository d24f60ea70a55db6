import { withDatabase, withLog } from './database.ts';
import { digestOf, isPush } from './deliveries.ts';
import type { Evidence, SentBody } from './invariants.ts';
import { type LoggedWorld, readOn } from './log-fold.ts';
import { isGood } from './settle.ts';
import { room, type System } from './system.ts';

/** @param log what was read so far; it is read on */
export async function gatherEvidence(system: System, log: LoggedWorld): Promise<Evidence> {
  await withLog(system, (store) => readOn(log, store));
  const rows = await withDatabase(
    system,
    async (database) =>
      (
        await database.query<{ push_id: string; count: number; statuses: string[] }>(
          `select push_id, count(*)::int as count, array_agg(status) as statuses
           from data_factory.runs where parent_run_id is null and recorded_by = 'pushledger' group by push_id`,
        )
      ).rows,
  );
  return {
    sent: sentBodies(system),
    log,
    runs: new Map(rows.map(({ push_id: pushId, ...row }) => [pushId, row])),
    messages: system.homeserver.accepted().filter(({ roomId }) => roomId === room),
    triggered: [...system.dagEngine.runs.values()].map(({ body }) => body.run.push_id),
  };
}

function sentBodies({ gitea }: System): SentBody[] {
  const bodies = new Map<string, SentBody>();
  for (const delivery of gitea.deliveries()) {
    const digest = digestOf(delivery);
    const known = bodies.get(digest);
    const taken = isGood(delivery);
    if (!known) bodies.set(digest, { digest, isPush: isPush(delivery), taken });
    else if (taken && !known.taken) bodies.set(digest, { ...known, taken });
  }
  return [...bodies.values()];
}

/** What waits for a person: nothing of what the doubles do is a reason for that. */
export async function parkedThings(system: System): Promise<string[]> {
  return withDatabase(system, async (database) => {
    const { rows } = await database.query<{ what: string }>(
      `select 'event ' || event_id || ' is parked by ' || projection || ': ' || error as what
         from pushledger.parked_events where skipped_at is null
       union all
       select 'message ' || message_id || ' is parked: ' || coalesce(reason, '') from pushledger.notifications
         where state = 'parked'
       union all
       select 'the trigger of push ' || push_id || ' is parked' from pushledger.triggers where state = 'parked'`,
    );
    return rows.map(({ what }) => what);
  });
}
