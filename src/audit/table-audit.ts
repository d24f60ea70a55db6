import type { Pool } from 'pg';
import type { EventStore } from '../event-store/event-store.ts';
import { type EventId, type Position, type PushId, streamOf } from '../events/ids.ts';
import type { RowReport } from './report.ts';
import { isParked, missingRows, snapshotTables, surplusRows } from './row-check.ts';

/** So many rows without a push are named. */
const maxSurplusNamed = 100;

export interface AuditedPushRow {
  readonly pushId: PushId;
  readonly eventId: EventId;
  readonly position: Position;
}

/** Tells of a push that has no row, or of a row that has no push. */
export type TellOfRow = (stream: string, text: string) => void;

/**
 * Compares rows and events: every push that a projection had handled must have its row, and then, as their numbers are
 * equal, every row has its push.
 */
export interface TableAudit {
  addPushes(pushes: readonly AuditedPushRow[]): Promise<void>;
  /** After the last push. */
  finish(): Promise<RowReport[]>;
}

/** Begins with how the tables stand now. To be called before the end of the log is looked up. */
export async function beginTableAudit(pool: Pool, store: EventStore, tell: TellOfRow): Promise<TableAudit> {
  const tables = (await snapshotTables(pool)).map((snapshot) => ({
    ...snapshot,
    handled: 0,
    missing: 0,
    parked: 0,
  }));
  return {
    async addPushes(pushes) {
      const byId = new Map(pushes.map((push) => [push.pushId, push]));
      const missing = await missingRows(pool, [...byId.keys()]);
      for (const audited of tables) {
        const { table, position } = audited;
        audited.handled += pushes.filter((push) => push.position <= position).length;
        for (const { pushId, projection } of missing) {
          const push = byId.get(pushId);
          if (!push || projection !== table.projection || push.position > position) continue;
          if (await isParked(pool, table, push.eventId)) audited.parked++;
          else {
            audited.missing++;
            tell(streamOf.push(pushId), `${table.name} has no row of it`);
          }
        }
      }
    },
    async finish() {
      const reports: RowReport[] = [];
      for (const { table, rows, handled, missing, parked } of tables) {
        const surplus = Math.max(0, rows - (handled - missing - parked));
        const named = await surplusRows(pool, store, table, Math.min(surplus, maxSurplusNamed));
        for (const id of named)
          tell(streamOf.push(id), `${table.name} has a row of it, and the log has no such push`);
        reports.push({ table: table.name, rows, missing, parked, surplus });
      }
      return reports;
    },
  };
}
