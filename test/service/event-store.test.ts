import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { openKurrentdbStore } from '../../src/service/event-store.ts';
import { rejection } from '../support/condition.ts';
import { startKurrentServer } from '../support/kurrentdb/server.ts';

const remedy = 'check EVENT_STORE_URL';
const surroundings = (signal = new AbortController().signal) => ({
  clock: systemClock,
  logger: createLogger('silent'),
  signal,
});

describe('opening KurrentDB', () => {
  it('waits for a server that comes up a moment later', async () => {
    const server = await startKurrentServer();
    await server.refuse();
    const logger = createLogger('silent');
    let refusals = 0;
    Object.assign(logger, {
      warn: () => {
        refusals++;
        void server.accept();
      },
    });
    const store = await openKurrentdbStore(
      { connectionString: server.url, remedy },
      { ...surroundings(), logger },
    );
    expect(refusals).toBeGreaterThan(0);
    expect(await store.head()).toBe(0n);
    await store.close();
    await server.stop();
  });

  it('says in one line what is wrong and where to look, when nothing comes up', async () => {
    const server = await startKurrentServer();
    await server.stop();
    const error = await rejection(
      openKurrentdbStore({ connectionString: server.url, remedy, attempts: 2 }, surroundings()),
    );
    expect(error).toMatchObject({ code: 'EVENT_STORE_UNREACHABLE' });
    expect(String(error)).toMatch(
      /^CodedError: the event store cannot be reached: 127\.0\.0\.1:\d+ refuses connections.* \(check EVENT_STORE_URL\)$/,
    );
  });

  it('refuses what it cannot understand at once, without quoting it', async () => {
    const place = { connectionString: 'esdb://u:hush@host?tls=tru', remedy };
    const error = await rejection(openKurrentdbStore(place, surroundings()));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(String(error)).not.toContain('hush');
  });

  it('stops waiting when it is told to', async () => {
    const server = await startKurrentServer();
    await server.stop();
    const stop = new AbortController();
    const logger = createLogger('silent');
    Object.assign(logger, { warn: () => stop.abort(new Error('stopped')) });
    const opening = openKurrentdbStore(
      { connectionString: server.url, remedy },
      { ...surroundings(stop.signal), logger },
    );
    expect(await rejection(opening)).toMatchObject({ message: 'stopped' });
  });
});
