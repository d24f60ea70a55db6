import type { Pool } from 'pg';
import type { PushId } from '../../events/ids.ts';

/** One statement each. The first two write what a batch of events changed, in this order. */
export const statements = {
  insertDue: `
    insert into pushledger.due_enrichments (push_id, received_at)
    select * from unnest($1::uuid[], $2::timestamptz[])
    on conflict do nothing
  `,
  deleteDue: `
    delete from pushledger.due_enrichments where push_id = any($1::uuid[])
  `,
  readDue: `
    select push_id, attempts from pushledger.due_enrichments
    where parked_at is null and received_at >= $1 and (next_at is null or next_at <= $2) and push_id <> all($3::uuid[])
    order by received_at desc, push_id desc
    limit $4
  `,
  stillDue: `
    select push_id from pushledger.due_enrichments where push_id = any($1::uuid[])
  `,
  postpone: `
    update pushledger.due_enrichments set attempts = $2, next_at = $3, reason = $4 where push_id = $1
  `,
  park: `
    update pushledger.due_enrichments set attempts = $2, parked_at = $3, reason = $4 where push_id = $1
  `,
  reopen: `
    update pushledger.due_enrichments set attempts = 0, next_at = null, parked_at = null where parked_at is not null
  `,
  forgetOld: `
    delete from pushledger.due_enrichments where received_at < $1
  `,
};

export interface DueEnrichment {
  readonly pushId: PushId;
  /** How often it was tried in vain. */
  readonly attempts: number;
}

/**
 * The newest ones first: somebody may be waiting for those.
 *
 * @param since what was received before is left out
 * @param except pushes to leave out
 */
export async function readDue(
  pool: Pool,
  options: {
    readonly since: Date;
    readonly now: Date;
    readonly except: Iterable<PushId>;
    readonly limit: number;
  },
): Promise<DueEnrichment[]> {
  const { since, now, except, limit } = options;
  const { rows } = await pool.query<{ push_id: PushId; attempts: number }>(statements.readDue, [
    since,
    now,
    [...except],
    limit,
  ]);
  return rows.map((row) => ({ pushId: row.push_id, attempts: row.attempts }));
}

/** Which of these pushes are due still. */
export async function stillDue(pool: Pool, pushIds: Iterable<PushId>): Promise<Set<PushId>> {
  const { rows } = await pool.query<{ push_id: PushId }>(statements.stillDue, [[...pushIds]]);
  return new Set(rows.map((row) => row.push_id));
}

/** What is kept of a reason, in UTF-16 units. */
const maxReasonLength = 1_000;

function storable(reason: string): string {
  return reason.slice(0, maxReasonLength).toWellFormed().replaceAll('\0', '\uFFFD');
}

export async function postpone(
  pool: Pool,
  due: DueEnrichment,
  { nextAt, reason }: { readonly nextAt: Date; readonly reason: string },
): Promise<void> {
  await pool.query(statements.postpone, [due.pushId, due.attempts + 1, nextAt, storable(reason)]);
}

export async function park(
  pool: Pool,
  due: DueEnrichment,
  { now, reason }: { readonly now: Date; readonly reason: string },
): Promise<void> {
  await pool.query(statements.park, [due.pushId, due.attempts + 1, now, storable(reason)]);
}

/** Lets what was given up be tried again. */
export async function reopen(pool: Pool): Promise<void> {
  await pool.query(statements.reopen);
}

export async function forgetOld(pool: Pool, before: Date): Promise<void> {
  await pool.query(statements.forgetOld, [before]);
}
