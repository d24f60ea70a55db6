import pg from 'pg';
import pino from 'pino';
import { loadConfig } from '../../src/config/load.ts';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { decodeEvent } from '../../src/events/codec.ts';
import { type Position, startOfLog } from '../../src/events/ids.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { allProjections } from '../../src/projections/all.ts';
import { isDifferent } from '../../src/projections/rebuild/compare.ts';
import { rebuild } from '../../src/projections/rebuild/rebuild.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { openLedgerIn } from '../../src/service/ledger.ts';
import { loadCheckpoint } from '../../src/subscription/checkpoint.ts';
import { printMeasured } from './measured.ts';

/**
 * One measurement in a process of its own, so that its peak memory is its own:
 * `node measure.ts <database url> reading|ceiling|rebuild|fill`. Prints one line of JSON.
 */
const [databaseUrl = '', what = ''] = process.argv.slice(2);
const pageSize = 1_000;
const config = loadConfig({
  env: { DATABASE_URL: databaseUrl, PUSHLEDGER_INSTANCE: 'bench' },
  cwd: '/nowhere',
});
const ledger = await openLedgerIn(databaseUrl, config, systemClock, pino({ level: 'warn' }));

async function eachPage(
  store: EventStore,
  work: (page: Awaited<ReturnType<EventStore['readPage']>>['events']) => unknown,
) {
  let after: Position = startOfLog;
  let events = 0;
  for (;;) {
    const page = await store.readPage(after, pageSize);
    const last = page.events.at(-1);
    if (!last) return events;
    await work(page.events);
    events += page.events.length;
    after = last.position;
  }
}

/** The least that a projection can do: fold a batch into one row a repository, and put it with one unnest. */
async function ceiling(): Promise<number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query(
    'create temporary table counted (repository text primary key, pushes bigint, last text)',
  );
  const events = await eachPage(ledger.store, async (page) => {
    const counts = new Map<string, { pushes: number; last: string }>();
    for (const stored of page) {
      const event = decodeEvent(stored);
      if (event?.type !== 'PushReceived') continue;
      const name = event.data.repository.fullName;
      counts.set(name, { pushes: (counts.get(name)?.pushes ?? 0) + 1, last: event.data.after });
    }
    const rows = [...counts];
    await client.query(
      `insert into counted as held select * from unnest($1::text[], $2::bigint[], $3::text[])
       on conflict (repository) do update set pushes = held.pushes + excluded.pushes, last = excluded.last`,
      [rows.map(([name]) => name), rows.map(([, row]) => row.pushes), rows.map(([, row]) => row.last)],
    );
  });
  await client.end();
  return events;
}

/** Lets the next rebuild take everything for the work of an older version, and fill the empty tables. */
async function forgetVersions(): Promise<void> {
  await inTransaction(ledger.pool, async (client) => {
    for (const { name } of allProjections) await loadCheckpoint(client, name, ledger.log);
    await client.query('update pushledger.checkpoints set version = 0');
  });
}

async function rebuildAll(): Promise<number> {
  if (what === 'fill') await forgetVersions();
  let events = 0;
  const rebuilt = await rebuild({
    databaseUrl,
    store: ledger.store,
    log: ledger.log,
    projections: allProjections,
    dryRun: false,
    signal: new AbortController().signal,
    onProgress: (progress) => {
      events = progress.events;
    },
  });
  const different = rebuilt.flatMap(({ differences }) => differences).filter(isDifferent);
  if (what === 'rebuild' && different.length > 0)
    throw new Error(`not the same rows: ${JSON.stringify(different)}`);
  return events;
}

await printMeasured(what, () =>
  what === 'reading'
    ? eachPage(ledger.store, () => undefined)
    : what === 'ceiling'
      ? ceiling()
      : rebuildAll(),
);
await ledger.close();
