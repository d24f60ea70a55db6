import type { Pool } from 'pg';

/** What waits, as the tables have it: the same in every process on the database. */
export interface Backlog {
  /** Messages that are planned and not sent, and those that were given up. */
  readonly messages: { readonly planned: number; readonly parked: number };
  /** When the oldest planned message was planned; null without one. */
  readonly oldestPlannedAt: Date | null;
  /** Pushes that no message names yet, and that are young enough for one. */
  readonly duePushes: number;
  /** When the oldest of them was received; null without one. */
  readonly oldestDueAt: Date | null;
  readonly triggers: { readonly due: number; readonly parked: number };
  readonly enrichments: { readonly due: number; readonly parked: number };
  readonly subscribers: readonly {
    readonly name: string;
    readonly position: bigint;
    readonly parked: number;
  }[];
}

export const backlogStatements = {
  messages: `
    select count(*) filter (where state = 'planned')::int as planned,
           count(*) filter (where state = 'parked')::int as parked,
           min(planned_at) filter (where state = 'planned') as oldest
    from pushledger.notifications where state in ('planned', 'parked')
  `,
  due: `
    select count(*)::int as due, min(received_at) as oldest
    from pushledger.due_pushes where received_at >= $1
  `,
  triggers: `
    select (select count(*)::int from pushledger.triggers where state = 'due') as due,
           (select count(*)::int from pushledger.triggers where state = 'parked') as parked
  `,
  enrichments: `
    select count(*) filter (where parked_at is null)::int as due,
           count(*) filter (where parked_at is not null)::int as parked
    from pushledger.due_enrichments
  `,
  subscribers: `
    select name, position, (select count(*)::int from pushledger.parked_events
                            where projection = name and skipped_at is null) as parked
    from pushledger.checkpoints order by name
  `,
} as const;

/** @param notifySince what was received before is not announced any more */
export async function readBacklog(pool: Pool, notifySince: Date): Promise<Backlog> {
  const messages = await pool.query<{ planned: number; parked: number; oldest: Date | null }>(
    backlogStatements.messages,
  );
  const due = await pool.query<{ due: number; oldest: Date | null }>(backlogStatements.due, [notifySince]);
  const triggers = await pool.query<{ due: number; parked: number }>(backlogStatements.triggers);
  const enrichments = await pool.query<{ due: number; parked: number }>(backlogStatements.enrichments);
  const subscribers = await pool.query<{ name: string; position: string; parked: number }>(
    backlogStatements.subscribers,
  );
  const none = { due: 0, parked: 0 };
  return {
    messages: { planned: messages.rows[0]?.planned ?? 0, parked: messages.rows[0]?.parked ?? 0 },
    oldestPlannedAt: messages.rows[0]?.oldest ?? null,
    duePushes: due.rows[0]?.due ?? 0,
    oldestDueAt: due.rows[0]?.oldest ?? null,
    triggers: triggers.rows[0] ?? none,
    enrichments: enrichments.rows[0] ?? none,
    subscribers: subscribers.rows.map((row) => ({ ...row, position: BigInt(row.position) })),
  };
}
