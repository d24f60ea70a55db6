import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startOfLog } from '../../../src/events/ids.ts';
import { createPostgresLog, type PostgresLog } from '../support/postgres-log.ts';
import { startWriters } from '../support/writers.ts';

const writers = Array.from({ length: 16 }, (_, index) => `writer-${index}`);

describe('sixteen writers in two processes, and readers that follow positions', () => {
  let log: PostgresLog;

  beforeEach(async () => {
    log = await createPostgresLog();
  });
  afterEach(() => log.close());

  it('lose no event, none comes twice, and none out of order', async () => {
    const { stored, subscribed, polled } = await race({ eventsPerWriter: 250 });
    expect(stored).toHaveLength(16 * 250);
    expect(subscribed).toEqual(stored);
    expect(polled).toEqual(stored);
    for (const writer of writers) {
      const own = subscribed.filter((event) => event.writer === writer).map(({ number }) => number);
      expect(own).toEqual(Array.from({ length: 250 }, (_, number) => number));
    }
  });

  // Shows that the test above can fail: the same readers, and writers that do without the lock.
  it('lose events once the lock is taken out of the statement', async () => {
    await createUnlockedAppend(log.admin);
    const { stored, subscribed, polled } = await race({
      eventsPerWriter: 50,
      appendFunction: 'pushledger.append_unlocked',
    });
    expect(stored).toHaveLength(16 * 50);
    expect(polled.length).toBeLessThan(stored.length);
    expect(subscribed.length).toBeLessThan(stored.length);
  });

  /** Lets all of them write while a subscription and a plain reader follow, each to the end of the log. */
  async function race(load: { eventsPerWriter: number; appendFunction?: string }): Promise<Seen> {
    const processes = await Promise.all(
      [writers.slice(0, 8), writers.slice(8)].map((names) =>
        startWriters({ url: log.url, writers: names, ...load }),
      ),
    );
    let written = false;
    const isOver = () => written;
    const reading = [subscribe(log, isOver), poll(log, isOver)];
    await Promise.all(processes.map((process) => process.run()));
    written = true;
    const [subscribed = [], polled = []] = await Promise.all(reading);
    return { stored: await pageAfter(log.admin, '0', null), subscribed, polled };
  }
});

interface Seen {
  /** What the log holds at the end, and what each reader saw of it on the way. */
  readonly stored: readonly SeenEvent[];
  readonly subscribed: readonly SeenEvent[];
  readonly polled: readonly SeenEvent[];
}

interface SeenEvent {
  readonly position: string;
  readonly id: string;
  readonly writer: string;
  readonly number: number;
}

/** Reads by the event store, until the end of the log after the last write. */
async function subscribe(log: PostgresLog, isOver: () => boolean): Promise<SeenEvent[]> {
  const seen: SeenEvent[] = [];
  const stop = new AbortController();
  const store = log.open({ pollMs: 20 });
  for await (const page of store.subscribe({ after: startOfLog, signal: stop.signal })) {
    for (const event of page.events) seen.push(seenEvent({ ...event, position: String(event.position) }));
    if (page.caughtUp && page.events.length === 0 && isOver()) stop.abort();
  }
  return seen;
}

/** Reads in the simplest way there is: `position > last order by position`. */
async function poll(log: PostgresLog, isOver: () => boolean): Promise<SeenEvent[]> {
  const client = new pg.Client({ connectionString: log.url });
  await client.connect();
  const seen: SeenEvent[] = [];
  try {
    for (;;) {
      const over = isOver();
      const page = await pageAfter(client, seen.at(-1)?.position ?? '0', 500);
      seen.push(...page);
      if (over && page.length === 0) return seen;
    }
  } finally {
    await client.end();
  }
}

async function pageAfter(client: pg.Client, position: string, limit: number | null): Promise<SeenEvent[]> {
  const { rows } = await client.query<{ position: string; id: string; data: string; metadata: string }>(
    `select position, event_id as id, data, metadata from pushledger.events
     where position > $1 order by position limit $2`,
    [position, limit],
  );
  return rows.map(seenEvent);
}

function seenEvent(event: { position: string; id: string; data: string; metadata: string }): SeenEvent {
  return {
    position: event.position,
    id: event.id,
    writer: JSON.parse(event.metadata).$correlationId,
    number: Number(JSON.parse(event.data).sender),
  };
}

/**
 * `append_events` as it is, but without its lock, and with a moment between the position that is drawn and the
 * commit, as a busy disk makes it.
 */
async function createUnlockedAppend(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ definition: string }>(
    `select pg_get_functiondef('pushledger.append_events'::regproc) as definition`,
  );
  const copy = (rows[0]?.definition ?? '')
    .replace('pushledger.append_events', 'pushledger.append_unlocked')
    .replace(/perform pg_advisory_xact_lock\(\d+\);/, '')
    .replace('notify pushledger_events;', 'notify pushledger_events; perform pg_sleep(random() * 0.005);');
  expect(copy).toContain('append_unlocked');
  expect(copy).toContain('pg_sleep');
  expect(copy).not.toContain('pg_advisory_xact_lock');
  await client.query(copy);
}
