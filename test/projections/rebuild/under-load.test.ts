import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { allProjections } from '../../../src/projections/all.ts';
import { type Rebuilt, rebuild } from '../../../src/projections/rebuild/rebuild.ts';
import { until } from '../../support/condition.ts';
import { bytesOf, fixture, post } from '../../support/delivery.ts';
import { type RunningService, startTestService } from '../../support/running-service.ts';
import { noDifference, projectedTables, sumOf } from '../support/projected-log.ts';

const perSecond = 100;
const rebuildCount = 4;
let service: RunningService;
beforeEach(async () => {
  service = await startTestService();
});
afterEach(() => service.stop());

function push(index: number): Buffer {
  const body = fixture('push-force-rewrite');
  const repository = { ...body.repository, id: 1 + (index % 5), full_name: `acme/repository-${index % 5}` };
  return bytesOf({ ...body, after: `c${index.toString(16).padStart(39, '0')}`, repository });
}

/** At a steady rate, whatever the answers do, until there is enough of it. */
async function flow(isEnough: () => boolean): Promise<number[]> {
  const answers: Promise<number>[] = [];
  const started = performance.now();
  for (let index = 0; !isEnough(); index++) {
    const due = started + (index * 1_000) / perSecond;
    // The rate, and not the wait for a condition.
    await pause(Math.max(0, due - performance.now()));
    answers.push(post(service.url, { body: push(index) }).then(({ status }) => status));
  }
  return Promise.all(answers);
}

const rebuildAll = (dryRun: boolean): Promise<Rebuilt[]> =>
  rebuild({
    ...service.ledger,
    databaseUrl: service.databaseUrl,
    projections: allProjections,
    dryRun,
    signal: new AbortController().signal,
  });

/** The messages on the console, by their transaction ids. */
const sent = () => [...service.console().matchAll(/^message (\S+): /gm)].map(([, id]) => id);

async function runs(): Promise<number> {
  const [row] = await service.rows<{ runs: number }>(`select count(*)::int as runs from data_factory.runs`);
  return row?.runs ?? 0;
}

async function allRows(): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const { schema, name } of projectedTables) {
    const rows = await service.rows<{ row: string }>(
      `select t::text as row from ${schema}.${name} t order by 1`,
    );
    all[name] = rows.map(({ row }) => row);
  }
  return all;
}

test('rebuilt under a flow of 100 pushes/s the rows are those of the live projection, and nothing is sent again', {
  timeout: 150_000,
}, async () => {
  const rebuilds: { rebuilt: Rebuilt[]; before: number; after: number }[] = [];
  let enough = false;
  const flowing = flow(() => enough);
  try {
    await until('the first runs', async () => (await runs()) > perSecond / 2);
    while (rebuilds.length < rebuildCount) {
      const before = await runs();
      const rebuilt = await rebuildAll(rebuilds.length % 2 === 1);
      rebuilds.push({ rebuilt, before, after: await runs() });
    }
  } finally {
    enough = true;
    await flowing;
  }
  const statuses = await flowing;
  expect(new Set(statuses)).toEqual(new Set([200]));
  // Messages go out one after the other, more slowly than these pushes came.
  await until('a message for each push', () => sent().length >= statuses.length, 60_000);
  await service.settled();

  expect(rebuilds.map(({ rebuilt }) => sumOf(rebuilt))).toEqual(rebuilds.map(() => noDifference));
  // While they were built and compared, pushes came in and were projected.
  expect(rebuilds.filter(({ before, after }) => after > before)).not.toEqual([]);

  const live = await allRows();
  expect(live.runs).toHaveLength(statuses.length);
  await service.rows(`update data_factory.runs set message = 'lies'`);
  expect(sumOf(await rebuildAll(false))).toEqual({ added: 0, changed: statuses.length, removed: 0 });
  expect(await allRows()).toEqual(live);

  // One message for each push, before and after.
  await service.settled();
  expect(sent()).toHaveLength(statuses.length);
  expect(new Set(sent()).size).toBe(statuses.length);
});
