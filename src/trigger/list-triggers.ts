import type { Pool } from 'pg';
import type { PushId, RunId } from '../events/ids.ts';
import * as statements from './statements.ts';
import type { TriggerState } from './trigger-row.ts';

/** `expired`: it was due until it was too old. */
export type ListedState = TriggerState | 'expired';
export const listedStates: readonly ListedState[] = ['none', 'due', 'expired', 'triggered', 'parked'];

export interface ListedTrigger {
  readonly pushId: PushId;
  readonly repository: string;
  readonly ref: string;
  readonly receivedAt: Date;
  readonly state: ListedState;
  /** Null: no DAG was configured for its repository. */
  readonly dag: string | null;
  /** Of the last outcome; 0 while there is none. */
  readonly attempts: number;
  /** How often it was parked. */
  readonly failures: number;
  /** Of the run in `data_factory.runs`. */
  readonly runId: RunId | null;
  /** What dag_engine calls the run. */
  readonly remoteRunId: string | null;
  readonly remoteUrl: string | null;
  readonly triggeredAt: Date | null;
  readonly failedAt: Date | null;
  readonly reason: string | null;
}

export interface ListOptions {
  /** Due pushes from before are expired. */
  readonly since: Date;
  readonly state?: ListedState;
  readonly limit: number;
}

/** The newest pushes first; those of one state where it is given. */
export async function listTriggers(pool: Pool, options: ListOptions): Promise<ListedTrigger[]> {
  const { since, state, limit } = options;
  const query = () => {
    switch (state) {
      case undefined:
        return pool.query<ListedTrigger>(statements.listAll, [limit, since]);
      case 'due':
        return pool.query<ListedTrigger>(statements.listDue, [limit, since]);
      case 'expired':
        return pool.query<ListedTrigger>(statements.listExpired, [limit, since]);
      default:
        return pool.query<ListedTrigger>(statements.listByState, [limit, since, state]);
    }
  };
  return (await query()).rows;
}
