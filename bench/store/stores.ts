import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { createKurrentdbEventStore } from '../../src/event-store/kurrentdb/kurrentdb-event-store.ts';
import { createPostgresEventStore } from '../../src/event-store/postgres/postgres-event-store.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { createPool } from '../../src/postgres/pool.ts';
import { systemClock as clock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { startKurrentProcess } from '../../test/support/kurrentdb/process.ts';
import { withPostgres } from '../support/postgres.ts';

const logger = createLogger('warn', process.stderr);
/** The figure is wanted, not a refusal. In milliseconds. */
const appendTimeoutMs = 30_000;

type Work = (store: EventStore) => Promise<void>;

export interface BenchedStore {
  readonly name: string;
  /** What the figures must not be taken for. */
  readonly note: string;
  /** Runs on an empty store, whose server is another process. */
  run(work: Work): Promise<void>;
}

export const benchedStores: readonly BenchedStore[] = [
  { name: 'postgres', note: 'the embedded PostgreSQL, fsync on', run: onPostgres },
  {
    name: 'kurrentdb, in memory',
    note: 'a test server in Node that speaks the protocol and writes to no disk: what adapter and gRPC can do at most',
    run: (work) => onKurrentServer(work),
  },
  {
    name: 'kurrentdb, fsync',
    note: 'the same server with one fsync an append: a floor, as KurrentDB itself shares one among many',
    run: async (work) => {
      const directory = await mkdtemp(join(tmpdir(), 'pushledger-bench-'));
      await onKurrentServer(work, join(directory, 'log'));
      await rm(directory, { recursive: true });
    },
  },
];

async function onPostgres(work: Work): Promise<void> {
  await withPostgres(async (databaseUrl) => {
    await migrate(databaseUrl);
    const pool = createPool(databaseUrl, 'bench', logger);
    const store = createPostgresEventStore({ databaseUrl, pool, clock, logger, appendTimeoutMs });
    try {
      await work(store);
    } finally {
      await store.close();
      await pool.end();
    }
  });
}

async function onKurrentServer(work: Work, data?: string): Promise<void> {
  const server = await startKurrentProcess(data === undefined ? {} : { data });
  const store = createKurrentdbEventStore({ connectionString: server.url, clock, logger, appendTimeoutMs });
  try {
    await work(store);
  } finally {
    await store.close();
    await server.signal('SIGKILL');
  }
}
