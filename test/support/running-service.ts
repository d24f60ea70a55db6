import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import pg from 'pg';
import pino from 'pino';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { fixedSecrets, readSecrets } from '../../src/config/secret-source.ts';
import { ensureWebhookSecret, readGeneratedWebhookSecrets } from '../../src/config/webhook-secret.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { type Ledger, openLedgerIn } from '../../src/service/ledger.ts';
import { allRoles, type Role } from '../../src/service/roles.ts';
import { startService } from '../../src/service/start-service.ts';
import { wayOut } from '../../src/service/way-out.ts';
import type { Tracing } from '../../src/tracing/span.ts';
import { createDatabase } from './database.ts';
import { testSecret } from './delivery.ts';

export interface RunningService {
  /** Of the hook. */
  readonly url: string;
  readonly address: string;
  readonly ledger: Ledger;
  /** As the service has it. */
  readonly databaseUrl: string;
  readonly config: Config;
  /** Rows of a query on the service's database. */
  rows<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Resolves when every subscriber has handled all that is in the log. */
  settled(): Promise<void>;
  /** What the console sender wrote so far. */
  console(): string;
  stop(): Promise<void>;
}

/** The whole service in this process, on a database of its own. */
export async function startTestService(
  options: {
    /** Over those of the tests; undefined takes one away. */
    env?: Record<string, string | undefined>;
    roles?: readonly Role[];
    tracing?: Tracing;
    clock?: Clock;
    /** Puts something between the service and its database. */
    via?: (databaseUrl: string) => Promise<{ readonly url: string }>;
  } = {},
): Promise<RunningService> {
  const database = await createDatabase();
  const databaseUrl = options.via ? (await options.via(database.url)).url : database.url;
  const dataDir = await mkdtemp(join(tmpdir(), 'pushledger-service-'));
  const config = loadConfig({
    env: {
      PORT: '0',
      DATABASE_URL: databaseUrl,
      PUSHLEDGER_DATA_DIR: dataDir,
      GITEA_URL: 'https://gitea.test',
      GITEA_OWNER: 'acme',
      GITEA_WEBHOOK_SECRET: testSecret,
      ...options.env,
    },
    cwd: '/nowhere',
  });
  const logger = pino({ level: 'silent' });
  const ledger = await openLedgerIn(databaseUrl, config, systemClock, logger);
  const written: Buffer[] = [];
  const output = new PassThrough().on('data', (chunk: Buffer) => written.push(chunk));
  // As `serve`: without a configured secret, those in the data directory.
  if (config.webhookSecrets.length === 0) ensureWebhookSecret(dataDir);
  const secrets =
    config.webhookSecrets.length > 0
      ? fixedSecrets(config.webhookSecrets)
      : readSecrets(() => readGeneratedWebhookSecrets(dataDir).accepted, systemClock);
  const service = await startService({
    config,
    databaseUrl,
    ledger,
    secrets,
    ...wayOut(config, output),
    roles: options.roles ?? allRoles,
    tracing: options.tracing ?? null,
    clock: options.clock ?? systemClock,
    logger,
  });
  const client = new pg.Client(database.url);
  await client.connect();
  const rows = async <Row extends object>(text: string, values: unknown[] = []) =>
    (await client.query<Row>(text, values)).rows;
  return {
    url: `${service.address}/webhook/gitea`,
    address: service.address,
    ledger,
    databaseUrl,
    config,
    rows,
    settled: () => untilSettled(rows),
    console: () => Buffer.concat(written).toString(),
    async stop() {
      await client.end();
      await service.stop();
      await ledger.close();
      await database.drop();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** All checkpoints at the end of the log, nothing due and nothing on its way; the log grows by what is done. */
async function untilSettled(rows: RunningService['rows']): Promise<void> {
  const until = Date.now() + 15_000;
  for (;;) {
    const [state] = await rows<{ settled: boolean }>(
      `select (select count(*) = 5 and bool_and(position = (select max(position) from pushledger.events))
               from pushledger.checkpoints)
          and not exists (select 1 from pushledger.due_pushes)
          and not exists (select 1 from pushledger.notifications where state = 'planned') as settled`,
    );
    if (state?.settled) return;
    if (Date.now() > until) throw new Error('the subscribers did not get to the end of the log');
    await systemClock.sleep(20);
  }
}
