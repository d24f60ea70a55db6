import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startOfLog, streamOf } from '../../src/events/ids.ts';
import { openLedger } from '../../src/subscription/ledger.ts';
import { createPostgresLog, type PostgresLog } from '../event-store/support/postgres-log.ts';

describe('opening the ledger', () => {
  let postgres: PostgresLog;
  const now = new Date('2026-02-03T04:05:06Z');

  beforeEach(async () => {
    postgres = await createPostgresLog();
  });
  afterEach(() => postgres.close());

  it('names an empty log once, whoever of ten processes comes first', async () => {
    const stores = Array.from({ length: 10 }, () => postgres.open());
    const facts = await Promise.all(stores.map((store, index) => openLedger(store, now, `gitea-${index}`)));
    expect(new Set(facts.map(({ ledgerId }) => ledgerId)).size).toBe(1);
    expect(new Set(facts.map(({ instance }) => instance)).size).toBe(1);
    const [store = postgres.open()] = stores;
    const { events } = await store.readPage(startOfLog, 100);
    expect(events).toMatchObject([
      { type: 'LedgerCreated', stream: streamOf.ledger(), id: facts[0]?.ledgerId },
    ]);
  });

  it('gives the same id and instance ever after, whatever is configured then, and writes nothing more', async () => {
    const store = postgres.open();
    const first = await openLedger(store, now, 'gitea.test');
    const head = await store.head();
    expect(await openLedger(postgres.open(), new Date(), 'renamed.test')).toEqual(first);
    expect(first.instance).toBe('gitea.test');
    expect(await store.head()).toBe(head);
  });
});
