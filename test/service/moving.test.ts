import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { type KurrentServer, startKurrentServer } from '../support/kurrentdb/server.ts';
import { copyStore, type MovingService, rowsOf, startOn } from './support/moving-service.ts';

describe('a service whose log is moved', () => {
  let database: TestDatabase;
  let another: TestDatabase;
  let kurrent: KurrentServer;
  let secondKurrent: KurrentServer;
  let directory: string;
  let repositories: number;

  beforeEach(async () => {
    [database, another] = [await createDatabase(), await createDatabase()];
    [kurrent, secondKurrent] = [await startKurrentServer(), await startKurrentServer()];
    // One that others use as well: a position of it lies behind all that the other server has.
    for (let nr = 0; nr < 20; nr++) {
      const data = Buffer.from('{}');
      const event = {
        id: randomUUID(),
        type: 'Other',
        contentType: 'application/json',
        data,
        metadata: data,
      };
      kurrent.log.append(`other-${nr}`, 'no-stream', [event], Date.now());
    }
    directory = await mkdtemp(join(tmpdir(), 'pushledger-moving-'));
    repositories = 0;
  });
  afterEach(async () => {
    await Promise.all([kurrent.stop(), secondKurrent.stop()]);
    await Promise.all([database.drop(), another.drop()]);
    await rm(directory, { recursive: true });
  });

  /** Pushes to so many repositories of their own, as each may be announced only once a minute. */
  async function push(service: MovingService, count: number): Promise<Buffer[]> {
    const bodies = Array.from({ length: count }, () => {
      const body = fixture('push-force-rewrite');
      const id = ++repositories;
      const repository = { ...body.repository, id, name: `repo-${id}`, full_name: `acme/repo-${id}` };
      return bytesOf({ ...body, repository });
    });
    for (const body of bodies) {
      expect((await post(service.url, { body })).body.status).toBe('accepted');
    }
    return bodies;
  }

  const runs = (of: TestDatabase) =>
    rowsOf(of.url, 'select * from data_factory.runs order by run_id').then((rows) =>
      rows.map((row) => JSON.stringify(row)),
    );
  /** How often each repository was announced. */
  const announced = (console: string) =>
    Array.from({ length: repositories }, (_, index) => console.split(`repo-${index + 1}]`).length - 1);

  const places = {
    postgres: () => ({ place: database.url, eventStoreUrl: null }),
    kurrentdb: () => ({ place: kurrent.url, eventStoreUrl: kurrent.url }),
    'another kurrentdb': () => ({ place: secondKurrent.url, eventStoreUrl: secondKurrent.url }),
  };

  test.each([
    ['postgres', 'kurrentdb', false],
    ['kurrentdb', 'another kurrentdb', false],
    ['kurrentdb', 'postgres', false],
    ['postgres', 'kurrentdb', true],
  ] as const)(
    'from %s to %s (through a file: %s) repeats and skips nothing',
    { timeout: 60_000 },
    async (a, b, file) => {
      const [from, to] = [places[a](), places[b]()];
      const surroundings = { databaseUrl: database.url, eventStoreUrl: from.eventStoreUrl };
      const first = await startOn(surroundings);
      const [known] = await push(first, 3);
      await first.settled();
      let console = await first.stop();
      // Two pushes that nobody has handled when the log moves.
      const taking = await startOn({ ...surroundings, roles: ['ingest'] });
      await push(taking, 2);
      console += await taking.stop();

      const backup = `file:${join(directory, 'log.gz')}`;
      if (file) expect(await copyStore(from.place, backup)).toMatchObject({ same: true });
      const { same, copied } = await copyStore(file ? backup : from.place, to.place);
      expect(same).toBe(true);
      expect(copied).toBeGreaterThan(9);

      const second = await startOn({ ...surroundings, eventStoreUrl: to.eventStoreUrl });
      await push(second, 2);
      const again = await post(second.url, { body: known ?? Buffer.alloc(0) });
      expect(again.body.status).toBe('duplicate');
      await second.settled();
      console += await second.stop();

      expect(announced(console)).toEqual([1, 1, 1, 1, 1, 1, 1]);
      const rows = await rowsOf<{ push_id: string; state: string }>(
        database.url,
        'select unnest(push_ids) as push_id, state from pushledger.notifications',
      );
      expect(rows.map(({ state }) => state)).toEqual(Array.from({ length: 7 }, () => 'sent'));
      expect(new Set(rows.map(({ push_id }) => push_id)).size).toBe(7);
      const [counts] = await rowsOf(
        database.url,
        `select (select count(*)::int from data_factory.runs) as runs,
              (select sum(run_count)::int from data_factory.nodes) as counted`,
      );
      expect(counts).toEqual({ runs: 7, counted: 7 });

      // Nothing was left to the next start either.
      const third = await startOn({ ...surroundings, eventStoreUrl: to.eventStoreUrl });
      await third.settled();
      expect(await third.stop()).toBe('');
    },
  );

  test('is folded again into an empty database, and announces nothing again', {
    timeout: 60_000,
  }, async () => {
    const first = await startOn({ databaseUrl: database.url, eventStoreUrl: null });
    await push(first, 4);
    await first.settled();
    let console = await first.stop();
    await copyStore(database.url, kurrent.url);

    const second = await startOn({ databaseUrl: another.url, eventStoreUrl: kurrent.url });
    await push(second, 1);
    await second.settled();
    console += await second.stop();
    expect(announced(console)).toEqual([1, 1, 1, 1, 1]);
    const before = await runs(database);
    const after = await runs(another);
    expect(before).toHaveLength(4);
    expect(after).toHaveLength(5);
    expect(after).toEqual(expect.arrayContaining(before));
  });

  test('does not start on a copy that lacks what was handled, and says what to do', {
    timeout: 60_000,
  }, async () => {
    const first = await startOn({ databaseUrl: database.url, eventStoreUrl: null });
    await push(first, 1);
    await first.settled();
    await copyStore(database.url, kurrent.url);
    await push(first, 1);
    await first.settled();
    await first.stop();
    const started = startOn({ databaseUrl: database.url, eventStoreUrl: kurrent.url });
    await expect(started).rejects.toMatchObject({
      code: 'LEDGER_MISMATCH',
      message: expect.stringContaining('store copy'),
    });
    expect(await copyStore(database.url, kurrent.url)).toMatchObject({ same: true });
    const second = await startOn({ databaseUrl: database.url, eventStoreUrl: kurrent.url });
    await second.settled();
    expect(await second.stop()).toBe('');
  });
});
