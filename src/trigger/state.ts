import type { Pool } from 'pg';
import type { PushId, RunId } from '../events/ids.ts';
import * as statements from './statements.ts';

/** A push to be triggered, as the log has come back. */
export interface DueTrigger {
  readonly pushId: PushId;
  /** The repository: its pushes go one after the other. */
  readonly lane: string;
  readonly repository: string;
  readonly dag: string;
  /** What its age is counted from. */
  readonly dueSince: Date;
  /** How often it was parked before. */
  readonly failures: number;
  /** How often a person wanted it again. */
  readonly retries: number;
}

/** Names one turn of a push: a retry is another one. */
export function turnOf({ pushId, failures, retries }: DueTrigger): string {
  return `${pushId}.${failures}.${retries}`;
}

/**
 * The oldest push that is due.
 *
 * @param since what is older is left out
 * @param lanes repositories to leave out
 * @param turns turns to leave out
 */
export async function nextDue(
  pool: Pool,
  { since, lanes, turns }: { since: Date; lanes: Iterable<string>; turns: Iterable<string> },
): Promise<DueTrigger | null> {
  const { rows } = await pool.query<{
    push_id: PushId;
    lane: string;
    repository: string;
    dag: string;
    due_since: Date;
    failures: number;
    retries: number;
  }>(statements.nextDue, [since, [...lanes], [...turns]]);
  const [row] = rows;
  return row
    ? {
        pushId: row.push_id,
        lane: row.lane,
        repository: row.repository,
        dag: row.dag,
        dueSince: row.due_since,
        failures: row.failures,
        retries: row.retries,
      }
    : null;
}

/** Which of these turns are due still. */
export async function stillDue(pool: Pool, turns: readonly string[]): Promise<Set<string>> {
  const pushIds = turns.map((turn) => turn.split('.', 1)[0]);
  const { rows } = await pool.query<{ turn: string }>(statements.stillDue, [pushIds, turns]);
  return new Set(rows.map(({ turn }) => turn));
}

export interface OpenTriggers {
  /** Due and not too old. */
  readonly pending: number;
  /** Given up until a person looks. */
  readonly parked: number;
}

export async function countOpen(pool: Pool, since: Date): Promise<OpenTriggers> {
  const { rows } = await pool.query<OpenTriggers>(statements.countOpen, [since]);
  return rows[0] ?? { pending: 0, parked: 0 };
}

/** Whether some run has this id already. */
export async function isTaken(pool: Pool, runId: RunId): Promise<boolean> {
  const { rows } = await pool.query<{ taken: boolean }>(statements.isTaken, [runId]);
  return rows[0]?.taken ?? true;
}
