import type { Pool } from 'pg';
import type { Config } from '../config/config.ts';
import type { EventStore } from '../event-store/event-store.ts';
import { GiteaClient } from '../gitea/client.ts';
import { findRunningPostgres } from '../postgres/embedded/find-running.ts';
import { createPool } from '../postgres/pool.ts';
import type { Clock } from '../runtime/clock.ts';
import { createLogger } from '../runtime/logger.ts';
import { openKurrentdbStore, openPostgresStore } from '../service/event-store.ts';
import { NotNow } from './check.ts';
import type { World } from './world.ts';

export interface OpenWorld {
  readonly world: World;
  close(): Promise<void>;
}

/** A request that takes longer is a finding, in milliseconds. */
const giteaTimeoutMs = 5_000;

/** Opens each part when it is first asked for, and once. */
export function openWorld(
  config: Config,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): OpenWorld {
  const logger = createLogger('silent');
  let pool: Promise<{ pool: Pool; url: string }> | null = null;
  let store: Promise<EventStore> | null = null;
  let client: GiteaClient | null = null;

  async function openPool(): Promise<{ pool: Pool; url: string }> {
    const url = config.databaseUrl?.reveal() ?? (await embeddedUrl(config.dataDir));
    const opened = createPool(url, 'doctor', logger, 3);
    try {
      await opened.query('select 1');
    } catch (error) {
      await opened.end();
      throw error;
    }
    return { pool: opened, url };
  }

  async function usable(): Promise<{ pool: Pool; url: string }> {
    const opened = await openOnce().catch((error: unknown) => {
      throw error instanceof NotNow ? error : new NotNow('the database cannot be reached');
    });
    const { rows } = await opened.pool.query<{ found: boolean }>(
      `select to_regclass('pushledger.checkpoints') is not null as found`,
    );
    if (!rows[0]?.found) throw new NotNow('the database holds nothing of pushledger yet');
    return opened;
  }

  const openOnce = () => {
    pool ??= openPool();
    return pool;
  };

  async function openStore(): Promise<EventStore> {
    const surroundings = { clock, logger, signal };
    if (config.eventStoreUrl) {
      const place = {
        connectionString: config.eventStoreUrl.reveal(),
        remedy: 'check EVENT_STORE_URL',
        attempts: 1,
      };
      return openKurrentdbStore(place, surroundings);
    }
    const { pool: opened, url } = await usable();
    return openPostgresStore(url, opened, surroundings);
  }

  const world: World = {
    config,
    clock,
    signal,
    connect: async () => (await openOnce()).pool,
    database: async () => (await usable()).pool,
    store() {
      store ??= openStore();
      return store;
    },
    gitea() {
      const { url, token } = config.gitea;
      if (url === null) throw new NotNow('GITEA_URL is not set');
      if (token === null) throw new NotNow('GITEA_TOKEN is not set');
      client ??= new GiteaClient({ baseUrl: url, token, clock, timeoutMs: giteaTimeoutMs });
      return client;
    },
  };
  return {
    world,
    async close() {
      await store?.then((opened) => opened.close()).catch(() => undefined);
      await pool?.then((opened) => opened.pool.end()).catch(() => undefined);
    },
  };
}

/** One that runs: the doctor starts nothing. */
async function embeddedUrl(dataDir: string): Promise<string> {
  const url = await findRunningPostgres(dataDir);
  if (url === null) throw new NotNow('the embedded PostgreSQL does not run; `pushledger serve` starts it');
  return url;
}
