import type { Client, Pool } from 'pg';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { encodeEvent } from '../../../src/events/codec.ts';
import type { EventDraft } from '../../../src/events/event.ts';
import type { Position } from '../../../src/events/ids.ts';
import { inTransaction } from '../../../src/postgres/transaction.ts';
import { allProjections } from '../../../src/projections/all.ts';
import { handlePage } from '../../../src/projections/handle-page.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import { build } from '../../../src/projections/rebuild/build.ts';
import { openBuildings } from '../../../src/projections/rebuild/open-buildings.ts';
import { type Rebuilt, rebuild } from '../../../src/projections/rebuild/rebuild.ts';
import { loadVersionedCheckpoint } from '../../../src/projections/rebuild/versioned-checkpoint.ts';
import { livePlace, type Table } from '../../../src/projections/table.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import type { LogIdentity } from '../../../src/subscription/checkpoint.ts';
import { openLedger } from '../../../src/subscription/ledger.ts';
import { createPostgresLog, silent } from '../../event-store/support/postgres-log.ts';

/** All rows of the live tables as Postgres prints them, by table. */
export type Rows = Readonly<Record<string, readonly string[]>>;

/** A log in a database of its own, and what is made of it. */
export interface ProjectedLog {
  readonly url: string;
  readonly pool: Pool;
  readonly admin: Client;
  readonly store: EventStore;
  readonly log: LogIdentity;
  append(...drafts: readonly EventDraft[]): Promise<void>;
  /** Brings the live tables to the end of the log, as the service does. */
  project(projections?: readonly Projection[], pageSize?: number): Promise<void>;
  rebuild(options?: {
    readonly projections?: readonly Projection[];
    readonly dryRun?: boolean;
    readonly signal?: AbortSignal;
    readonly store?: EventStore;
    readonly onProgress?: (progress: { events: number; position: bigint }) => void;
  }): Promise<Rebuilt[]>;
  /** Leaves what a rebuild leaves that is killed when it is so far. */
  leaveBuilt(position: bigint, projections?: readonly Projection[]): Promise<void>;
  rows(): Promise<Rows>;
  position(name: string): Promise<Position>;
  /** The schemas that rebuilds have left. */
  shadows(): Promise<string[]>;
  close(): Promise<void>;
}

/** Takes no time over its pauses. */
export const hastyClock: Clock = {
  now: () => new Date('2026-03-04T05:06:07.000Z'),
  sleep: async (_ms, signal) => signal?.throwIfAborted(),
};

export const projectedTables: readonly Table[] = allProjections.flatMap(({ tables }) => tables);

export async function createProjectedLog(): Promise<ProjectedLog> {
  const postgres = await createPostgresLog();
  const { url, pool, admin } = postgres;
  const store = postgres.open();
  const { ledgerId } = await openLedger(store, new Date('2026-01-01T00:00:00Z'), 'gitea.test');
  const log = { ledgerId, store: store.kind };
  const forever = new AbortController().signal;

  async function projectOne(projection: Projection, pageSize: number): Promise<void> {
    const context = { projection, pool, log, clock: hastyClock, logger: silent, signal: forever };
    let { position } = await inTransaction(pool, (client) =>
      loadVersionedCheckpoint(client, projection, log),
    );
    for (;;) {
      const { events } = await store.readPage(position, pageSize);
      if (events.length === 0) return;
      position = await handlePage(context, position, events);
    }
  }

  return {
    url,
    pool,
    admin,
    store,
    log,
    async append(...drafts) {
      await Promise.all(
        drafts.map(async (draft) => {
          const { outcome } = await store.append(encodeEvent(draft));
          if (outcome !== 'stored') throw new Error(`${draft.stream}: ${outcome}`);
        }),
      );
    },
    async project(projections = allProjections, pageSize = 100) {
      for (const projection of projections) await projectOne(projection, pageSize);
    },
    rebuild: ({ projections = allProjections, dryRun = false, signal = forever, ...options } = {}) =>
      rebuild({ databaseUrl: url, store, log, projections, dryRun, signal, ...options }),
    async leaveBuilt(position, projections = allProjections) {
      const options = { databaseUrl: url, store, log, projections, signal: forever };
      const buildings = await openBuildings(options);
      await build(buildings.all, { ...options, until: position as Position });
      await buildings.close();
    },
    rows: () => readRows(admin),
    async position(name) {
      const { rows } = await admin.query<{ position: string }>(
        'select position from pushledger.checkpoints where name = $1',
        [name],
      );
      return BigInt(rows[0]?.position ?? -1) as Position;
    },
    async shadows() {
      const { rows } = await admin.query<{ name: string }>(
        `select nspname as name from pg_namespace where nspname like 'pushledger\\_%' order by 1`,
      );
      return rows.map(({ name }) => name);
    },
    close: () => postgres.close(),
  };
}

export async function readRows(client: Client | Pool): Promise<Rows> {
  const rows: Record<string, readonly string[]> = {};
  for (const table of projectedTables) {
    const result = await client.query<{ row: string }>(
      `select t::text as row from ${livePlace(table)} t order by t::text`,
    );
    rows[livePlace(table)] = result.rows.map(({ row }) => row);
  }
  return rows;
}

/** How many rows were added, changed and removed in all tables together. */
export function sumOf(rebuilt: readonly Rebuilt[]): { added: number; changed: number; removed: number } {
  const sum = { added: 0, changed: 0, removed: 0 };
  for (const { differences } of rebuilt) {
    for (const { added, changed, removed } of differences) {
      sum.added += added;
      sum.changed += changed;
      sum.removed += removed;
    }
  }
  return sum;
}

export const noDifference = { added: 0, changed: 0, removed: 0 };
