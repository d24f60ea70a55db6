import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOfLog } from '../../../src/events/ids.ts';
import { until } from '../../support/condition.ts';
import { idsOf } from '../../support/contract-reading.ts';
import { encodedEvents } from '../../support/event-drafts.ts';
import { startKurrentProcess } from '../../support/kurrentdb/process.ts';
import { follow, openStore } from './support/stores.ts';

describe('a server process', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pushledger-kurrentdb-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('that is killed under load and comes back has every event once', async () => {
    const data = join(directory, 'killed.log');
    const first = await startKurrentProcess({ data });
    const store = openStore(first.url, { appendTimeoutMs: 15_000 });
    const reader = follow(store);
    const events = encodedEvents(300);
    const appending = Promise.all(events.map((event) => store.append(event)));
    await until('some events', () => reader.events.length > 20);
    await first.signal('SIGKILL');
    const second = await startKurrentProcess({ data, port: first.port });
    const outcomes = await appending;
    expect(outcomes.every(({ outcome }) => outcome === 'stored')).toBe(true);
    await until('all events', () => reader.events.length >= 300);
    await reader.stop();
    expect(reader.events).toHaveLength(300);
    expect(new Set(idsOf(reader.events))).toEqual(new Set(events.map(({ id }) => id)));
    expect((await store.readPage(startOfLog, 1_000)).events).toHaveLength(300);
    await store.close();
    await second.signal('SIGTERM');
  });

  it('that is frozen is waited for, and thawed has every event once', async () => {
    const server = await startKurrentProcess();
    const store = openStore(server.url, { appendTimeoutMs: 10_000 });
    const [first, ...rest] = encodedEvents(50);
    if (first) await store.append(first);
    await server.signal('SIGSTOP');
    const appending = Promise.all(rest.map((event) => store.append(event)));
    await server.signal('SIGCONT');
    expect((await appending).every(({ outcome }) => outcome === 'stored')).toBe(true);
    expect((await store.readPage(startOfLog, 100)).events).toHaveLength(50);
    await store.close();
    await server.signal('SIGKILL');
  });
});
