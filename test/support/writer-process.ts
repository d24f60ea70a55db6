/**
 * A process with several writers, each of which appends one event after the other. Its one argument is a `WriterJob`.
 * It writes a line when it is connected, begins after the first byte on stdin, and ends when all is written.
 */
import { once } from 'node:events';
import pg from 'pg';
import { createPostgresEventStore } from '../../src/event-store/postgres/postgres-event-store.ts';
import { type EncodedEvent, encodeEvent } from '../../src/events/codec.ts';
import { createPool } from '../../src/postgres/pool.ts';
import { systemClock as clock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { testDelivery } from './event-drafts.ts';

export interface WriterJob {
  readonly url: string;
  /** The names of the writers. Each event has its writer's name as correlation id and its number as sender. */
  readonly writers: readonly string[];
  readonly eventsPerWriter: number;
  /** A copy of `append_events` to call in the event store's stead. */
  readonly appendFunction?: string;
}

type Append = (event: EncodedEvent) => Promise<unknown>;

const job: WriterJob = JSON.parse(process.argv[2] ?? '{}');
const logger = createLogger('silent');
const closers: (() => Promise<unknown>)[] = [];

/** Each writer has a store, and so a connection, of its own: the more of them, the more there is to go wrong. */
function openStore(): Append {
  const pool = createPool(job.url, 'reader', logger);
  const store = createPostgresEventStore({ databaseUrl: job.url, pool, clock, logger });
  closers.push(() => store.close().then(() => pool.end()));
  return (event) => store.append(event);
}

async function callFunction(name: string): Promise<Append> {
  const client = new pg.Client({ connectionString: job.url });
  await client.connect();
  closers.push(() => client.end());
  const statement = `select * from ${name}(array[$1]::uuid[], array[$2], array[$3], array[$4], array[$5], array[$6],
    array[null]::bytea[])`;
  return (event) =>
    client.query(statement, [
      event.id,
      event.stream,
      event.type,
      event.data,
      event.metadata,
      event.correlationId,
    ]);
}

async function write(correlationId: string, append: Append): Promise<void> {
  for (let n = 0; n < job.eventsPerWriter; n++) {
    await append(encodeEvent(testDelivery({ correlationId, sender: String(n) })));
  }
}

const { appendFunction } = job;
const writers = await Promise.all(
  job.writers.map(async (name) => {
    const append = appendFunction ? await callFunction(appendFunction) : openStore();
    return () => write(name, append);
  }),
);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
await Promise.all(writers.map((run) => run()));
await Promise.all(closers.map((close) => close()));
process.exit();
