import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import pg from 'pg';
import pino from 'pino';
import { loadConfig } from '../../../src/config/load.ts';
import { fixedSecrets } from '../../../src/config/secret-source.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { openLedgerIn } from '../../../src/service/ledger.ts';
import { openSource, openTarget } from '../../../src/service/log-side.ts';
import { allRoles, type Role } from '../../../src/service/roles.ts';
import { startService } from '../../../src/service/start-service.ts';
import { wayOut } from '../../../src/service/way-out.ts';
import { type CopyResult, copyLog } from '../../../src/store-copy/copy-log.ts';
import { parsePlace } from '../../../src/store-copy/place.ts';
import { until } from '../../support/condition.ts';
import { testSecret } from '../../support/delivery.ts';

const logger = pino({ level: 'silent' });
const signal = new AbortController().signal;

/** Where a service keeps its things; other than the log, they stay when the log moves. */
export interface Surroundings {
  readonly databaseUrl: string;
  /** Null: the log is in the database. */
  readonly eventStoreUrl: string | null;
  readonly roles?: readonly Role[];
}

export interface MovingService {
  /** Of the hook. */
  readonly url: string;
  /** Resolves when every subscriber has handled all that is in the log, and nothing is left to be sent. */
  settled(): Promise<void>;
  /** Ends it, and says what it wrote to the console: its messages. */
  stop(): Promise<string>;
}

/** The whole service on a log and a database that outlive it. */
export async function startOn({
  databaseUrl,
  eventStoreUrl,
  roles = allRoles,
}: Surroundings): Promise<MovingService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pushledger-moving-'));
  const config = loadConfig({
    env: {
      PORT: '0',
      DATABASE_URL: databaseUrl,
      ...(eventStoreUrl && { EVENT_STORE_URL: eventStoreUrl }),
      PUSHLEDGER_DATA_DIR: dataDir,
      GITEA_URL: 'https://gitea.test',
      GITEA_OWNER: 'acme',
      GITEA_WEBHOOK_SECRET: testSecret,
    },
    cwd: '/nowhere',
  });
  const ledger = await openLedgerIn(databaseUrl, config, systemClock, logger);
  let written = '';
  const output = new PassThrough().on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  const service = await startService({
    config,
    databaseUrl,
    ledger,
    secrets: fixedSecrets(config.webhookSecrets),
    ...wayOut(config, output),
    roles,
    clock: systemClock,
    logger,
  });
  return {
    url: `${service.address}/webhook/gitea`,
    async settled() {
      await until('everything handled and sent', async () => {
        const head = await ledger.store.head();
        const [state] = await rowsOf<{ settled: boolean }>(
          databaseUrl,
          `select (select count(*) >= 2 and bool_and(position = $1) from pushledger.checkpoints)
              and not exists (select 1 from pushledger.due_pushes)
              and not exists (select 1 from pushledger.notifications where state = 'planned') as settled`,
          [String(head)],
        );
        return state?.settled;
      });
    },
    async stop() {
      await service.stop();
      await ledger.close();
      await rm(dataDir, { recursive: true });
      return written;
    },
  };
}

export async function rowsOf<Row extends object>(
  databaseUrl: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** `pushledger store copy`, in this process. */
export async function copyStore(fromText: string, toText: string): Promise<CopyResult> {
  const parse = (text: string) => {
    const place = parsePlace(text, { env: {}, cwd: '/nowhere', option: 'test' });
    if (place.kind === 'configured') throw new Error('nothing is configured here');
    return place;
  };
  const surroundings = { clock: systemClock, logger, signal };
  const from = await openSource(parse(fromText), surroundings);
  const to = await openTarget(parse(toText), surroundings);
  try {
    return await copyLog({ from, to, signal, onProgress: () => undefined });
  } finally {
    await to.close();
    await from.close();
  }
}
