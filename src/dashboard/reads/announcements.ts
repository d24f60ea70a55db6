import type { PushId } from '../../events/ids.ts';
import type { Announcement } from '../api/schemas/pushes.ts';
import type { DashboardPorts } from '../ports.ts';

type NotificationState = 'sent' | 'planned' | 'parked';

interface Announced {
  readonly pushId: PushId;
  readonly receivedAt: Date;
  readonly ignored: string | null;
}

/** One by one: of many ids at once the planner believes that they match most of the table. */
export const announcedStatement = `
  select asked.push_id, message.state
  from unnest($1::uuid[]) as asked (push_id)
  cross join lateral (
    select state from pushledger.notifications
    where push_ids @> array[asked.push_id] and not void and state <> 'superseded'
  ) as message`;

/** Where the message of each push stands. */
export async function announcementsOf(
  { pool, clock, notifyMaxAgeMs }: Pick<DashboardPorts, 'pool' | 'clock' | 'notifyMaxAgeMs'>,
  pushes: readonly Announced[],
): Promise<ReadonlyMap<PushId, Announcement>> {
  const ids = pushes.map(({ pushId }) => pushId);
  const [messages, due] = await Promise.all([
    pool.query<{ push_id: PushId; state: NotificationState }>(announcedStatement, [ids]),
    pool.query<{ push_id: PushId }>(
      'select push_id from pushledger.due_pushes where push_id = any($1::uuid[])',
      [ids],
    ),
  ]);
  const states = new Map<PushId, NotificationState>();
  for (const { push_id: id, state } of messages.rows) states.set(id, graver(states.get(id), state));
  const waiting = new Set(due.rows.map((row) => row.push_id));
  const oldest = clock.now().getTime() - notifyMaxAgeMs;
  return new Map(
    pushes.map(({ pushId, receivedAt, ignored }) => {
      const isDue = waiting.has(pushId) && receivedAt.getTime() >= oldest;
      const state = states.get(pushId) ?? (isDue ? 'waiting' : 'none');
      return [pushId, ignored === null ? state : 'ignored'];
    }),
  );
}

const gravity: readonly NotificationState[] = ['sent', 'planned', 'parked'];

/** Of several messages that name a push, the one that needs a person, or is not there yet. */
function graver(one: NotificationState | undefined, other: NotificationState): NotificationState {
  return one && gravity.indexOf(one) > gravity.indexOf(other) ? one : other;
}
