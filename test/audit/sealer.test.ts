import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditKey } from '../../src/audit/audit-key.ts';
import { createPendingSeal, maxEventsPerSeal, maxSealDelayMs } from '../../src/audit/pending-seal.ts';
import { runSealer } from '../../src/audit/sealer.ts';
import { findLastSeal, readSeals } from '../../src/audit/seals.ts';
import type { EventPage, EventStore } from '../../src/event-store/event-store.ts';
import { encodeEvent } from '../../src/events/codec.ts';
import { type Position, startOfLog, streamOf } from '../../src/events/ids.ts';
import { createPostgresLog, type PostgresLog, silent } from '../event-store/support/postgres-log.ts';
import { rejection, until } from '../support/condition.ts';
import { encodedEvents, testDelivery } from '../support/event-drafts.ts';
import { auditKey } from './support/keys.ts';
import { lateClock, sealAll } from './support/sealing.ts';

describe('the sealer', () => {
  let log: PostgresLog;
  let store: EventStore;
  beforeEach(async () => {
    log = await createPostgresLog();
    store = log.open({ pollMs: 10 });
  });
  afterEach(() => log.close());

  const append = async (count: number) => {
    await Promise.all(encodedEvents(count).map((event) => store.append(event)));
  };
  const appendNow = (now: Date) => store.append(encodeEvent({ ...testDelivery(), recordedAt: now }));
  const seals = async (last: number) => {
    const found = await readSeals(
      store,
      Array.from({ length: last }, (_, index) => index + 1),
    );
    return [...found.values()].sort((one, other) => one.sequence - other.sequence);
  };

  /** Runs a sealer until the signal that it gets is aborted. */
  function start(options: { key?: AuditKey; now?: () => Date; store?: EventStore } = {}) {
    const stop = new AbortController();
    const running = runSealer({
      store: options.store ?? store,
      key: options.key ?? auditKey(),
      clock: { ...lateClock, now: options.now ?? lateClock.now },
      logger: silent,
      signal: stop.signal,
    });
    running.catch(() => undefined);
    return {
      running,
      stop: async () => {
        stop.abort();
        await running;
      },
    };
  }

  it('seals what is new, from the first event to the last', async () => {
    await append(5);
    const seal = await sealAll(store);
    const { events } = await store.readPage(startOfLog, 10);
    expect(seal).toMatchObject({ sequence: 1, count: 5, previous: null, key: auditKey().fingerprint });
    expect([seal.first.id, seal.last.id]).toEqual([events[0]?.id, events[4]?.id]);
  });

  it('goes on behind the last seal after a restart, and chains to it', async () => {
    await append(3);
    const first = await sealAll(store);
    await append(2);
    const second = await sealAll(store);
    // The first seal is an event as well.
    expect(second).toMatchObject({ sequence: 2, count: 3, previous: first.hmac });
    expect(second.first).toEqual({ id: expect.any(String), stream: streamOf.seal(1) });
  });

  it('seals every thousand events, however long that takes', async () => {
    await append(2 * maxEventsPerSeal + 7);
    const sealer = start({ now: () => new Date('2026-02-03T04:05:06.789Z') });
    await until('two seals', async () => (await seals(3)).length === 2);
    await sealer.stop();
    expect((await seals(3)).map(({ count }) => count)).toEqual([maxEventsPerSeal, maxEventsPerSeal]);
  });

  it('waits with less than that until something is new for a minute', async () => {
    const startedAt = Date.now();
    await appendNow(new Date(startedAt));
    let now = startedAt + maxSealDelayMs - 1;
    let looked = 0;
    const sealer = start({
      now: () => {
        looked++;
        return new Date(now);
      },
    });
    await until('the sealer to look several times', () => looked > 5);
    expect(await findLastSeal(store)).toBeNull();
    now++;
    await until('the seal', () => findLastSeal(store));
    await sealer.stop();
  });

  it('does not seal its own seals for ever', async () => {
    await append(1);
    let looked = 0;
    const sealer = start({
      now: () => {
        looked++;
        return lateClock.now();
      },
    });
    await until('the seal', () => findLastSeal(store));
    const then = looked;
    await until('the sealer to look again', () => looked > then + 10);
    await sealer.stop();
    expect(await findLastSeal(store)).toMatchObject({ sequence: 1 });
  });

  it('seals nothing twice where two lead at once', async () => {
    await append(maxEventsPerSeal * 3);
    const stores = [store, log.open({ pollMs: 10 })];
    const stop = new AbortController();
    // As leadership does: whoever came second looks again where the log stands.
    const leaders = stores.map(async (each) => {
      while (!stop.signal.aborted) {
        const options = {
          store: each,
          key: auditKey(),
          clock: lateClock,
          logger: silent,
          signal: stop.signal,
        };
        await runSealer(options).catch((error) =>
          expect(error).toMatchObject({ code: 'CHECKPOINT_CONFLICT' }),
        );
      }
    });
    await until('three seals', async () => (await seals(3)).length === 3);
    await append(1);
    await until('the fourth seal', async () => (await seals(4)).length === 4);
    stop.abort();
    await Promise.all(leaders);
    const all = await seals(10);
    expect(all.slice(1).map(({ previous }) => previous)).toEqual(all.slice(0, -1).map(({ hmac }) => hmac));
    const { events } = await store.readPage(startOfLog, 10_000);
    const end = events.findIndex(({ id }) => id === all.at(-1)?.last.id);
    expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(end + 1);
  });

  it('stops when it is an old leader whose seal another one wrote', async () => {
    await append(3);
    const page = await store.readPage(startOfLog, 2);
    await sealAll(store);
    // It had seen less of the log when it fell asleep, before the other one sealed.
    const asleep: EventStore = {
      ...store,
      readStreams: (() => {
        let first = true;
        return async (streams: readonly string[]) => {
          const answer = first ? [] : await store.readStreams(streams);
          first = false;
          return answer;
        };
      })(),
      async *subscribe(): AsyncGenerator<EventPage> {
        yield { ...page, caughtUp: true };
      },
    };
    const old = start({ store: asleep });
    expect(await rejection(old.running)).toMatchObject({ code: 'CHECKPOINT_CONFLICT' });
    expect(await findLastSeal(store)).toMatchObject({ sequence: 1, count: 3 });
  });

  it('does not go on with the seals of another machine by a key that was only made here', async () => {
    await append(1);
    await sealAll(store);
    const made = start({ key: auditKey('a key that was made here', false) });
    const error = await rejection(made.running);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(String(error)).toContain('AUDIT_KEY');
  });

  it('goes on with another key where that is configured', async () => {
    await append(1);
    await sealAll(store);
    await append(1);
    const other = auditKey('another configured key');
    expect(await sealAll(store, other)).toMatchObject({ sequence: 2, key: other.fingerprint });
  });

  it('says so when the last sealed event is gone', async () => {
    await append(2);
    const seal = await sealAll(store);
    await log.admin.query('alter table pushledger.events disable trigger events_are_immutable');
    await log.admin.query('delete from pushledger.events where stream = $1', [seal.last.stream]);
    expect(String(await rejection(start().running))).toContain('audit verify');
  });

  it.each([1, 2, 3, 63, 64, 65, 127, 128, 200, 1_000])('finds the last of %i seals', async (count) => {
    const stored = { position: 1n as Position, metadata: JSON.stringify(metadata) };
    const double: Pick<EventStore, 'readStreams'> = {
      readStreams: async (streams) =>
        streams
          .map((stream) => Number(stream.slice(streamOf.seal(0).length - 1)))
          .filter((sequence) => sequence <= count)
          .map((sequence) => ({ ...stored, ...sealEvent(sequence) })),
    };
    expect((await findLastSeal({ ...store, ...double }))?.sequence).toBe(count);
  });
});

const metadata = {
  $correlationId: 'x',
  $causationId: 'x',
  schemaVersion: 1,
  recordedAt: '2026-02-03T04:05:06.789Z',
};

function sealEvent(sequence: number) {
  const pending = createPendingSeal(auditKey(), null);
  const { correlationId: _correlation, body: _body, ...event } = encodeEvent(testDelivery());
  pending.add({ ...event, position: startOfLog }, new Date());
  const { data, id } = pending.draft(new Date());
  const stream = streamOf.seal(sequence);
  return { type: 'LogSealed', stream, id, data: JSON.stringify({ ...data, sequence }) };
}
