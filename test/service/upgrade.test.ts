import { afterEach, beforeEach, expect, test } from 'vitest';
import { allProjections } from '../../src/projections/all.ts';
import { isDifferent } from '../../src/projections/rebuild/compare.ts';
import { rebuild } from '../../src/projections/rebuild/rebuild.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { until } from '../support/condition.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { firstReleaseAt, restoreFirstRelease, rowsOf } from './support/first-release.ts';

/** An hour after the first release stopped: its pushes are young enough to be announced, were they not announced. */
function anHourLater(): Clock {
  const offset = firstReleaseAt.getTime() + 3_600_000 - Date.now();
  return { now: () => new Date(Date.now() + offset), sleep: systemClock.sleep };
}

let service: RunningService;
beforeEach(async () => {
  service = await startTestService({
    clock: anHourLater(),
    async via(url) {
      await restoreFirstRelease(url);
      return { url };
    },
  });
  await service.settled();
}, 120_000);
afterEach(() => service.stop());

const ids = (rows: readonly object[], name: string) =>
  rows.map((row) => String((row as Record<string, unknown>)[name])).toSorted();

test('after an upgrade from the first release all rows are there and right, and nothing is announced twice', {
  timeout: 120_000,
}, async () => {
  const runs = await service.rows<{ run_id: string; status: string; node_id: string }>(
    `select run_id, status, node_id from data_factory.runs where trigger = 'webhook'`,
  );
  expect(ids(runs, 'run_id')).toEqual(ids(rowsOf('data_factory.runs'), 'run_id'));
  const calls = await service.rows('select call_id from call_monitor.calls');
  expect(calls.length).toBe(rowsOf('call_monitor.calls').length);
  expect(ids(await service.rows('select push_id from pushledger.pushes'), 'push_id')).toEqual(
    ids(rowsOf('pushledger.pushes'), 'push_id'),
  );
  const before = rowsOf('pushledger.events').length;
  const [events] = await service.rows<{ whole: number; messages: number }>(
    `select count(*) filter (where type <> 'LogSealed')::int as whole,
            count(*) filter (where type = 'NotificationPlanned')::int as messages from pushledger.events`,
  );
  expect(events).toEqual({ whole: before, messages: rowsOf('pushledger.notifications').length });
  expect(service.console()).toBe('');
  expect(await service.rows(`select 1 from pushledger.notifications where state <> 'sent'`)).toEqual([]);

  const rebuilt = await rebuild({
    databaseUrl: service.databaseUrl,
    ...{ store: service.ledger.store, log: service.ledger.log, projections: allProjections, dryRun: true },
    signal: new AbortController().signal,
  });
  expect(rebuilt.map(({ projection }) => projection).toSorted()).toEqual(
    allProjections.map(({ name }) => name).toSorted(),
  );
  expect(rebuilt.flatMap(({ differences }) => differences.filter(isDifferent))).toEqual([]);

  // What the old program took is known by the new one, and what is new is announced, once.
  const body = bytesOf(fixture('push-force-rewrite'));
  expect((await post(service.url, { body })).body.status).toBe('duplicate');
  const another = bytesOf({ ...fixture('push-force-rewrite'), after: 'a'.repeat(40) });
  expect((await post(service.url, { body: another })).body.status).toBe('accepted');
  await until('the new push is announced', () => service.console() !== '');
  await service.settled();
  expect(service.console().match(/^message /gm)).toHaveLength(1);
});

test('the old notifications would be sent again if they were forgotten', { timeout: 120_000 }, async () => {
  // So that the test above can fail: the clock, the pushes and the rooms are such that they are due.
  const [due] = await service.rows<{ recent: number }>(
    `select count(*)::int as recent from pushledger.pushes where received_at > $1 and ignored is null`,
    [new Date(anHourLater().now().getTime() - service.config.notifyMaxAgeMs)],
  );
  expect(due?.recent).toBe(rowsOf('pushledger.notifications').length);
});
