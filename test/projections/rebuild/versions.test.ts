import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callMonitor } from '../../../src/projections/call-monitor/call-monitor.ts';
import { dataFactory } from '../../../src/projections/data-factory/data-factory.ts';
import type { RepositoryState } from '../../../src/projections/data-factory/repositories.ts';
import * as tables from '../../../src/projections/data-factory/tables.ts';
import { handlePage } from '../../../src/projections/handle-page.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import { runProjection } from '../../../src/projections/run-projection.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { SubscriberStatus } from '../../../src/subscription/subscriber.ts';
import { silent } from '../../event-store/support/postgres-log.ts';
import { until } from '../../support/condition.ts';
import { mixedDrafts, pushDraft } from '../support/facts.ts';
import {
  createProjectedLog,
  hastyClock,
  noDifference,
  type ProjectedLog,
  sumOf,
} from '../support/projected-log.ts';

const first = dataFactory as Projection;
/** The same events give other rows: messages in capitals. */
const second: Projection = {
  ...first,
  version: first.version + 1,
  fold(state, events) {
    const changes = new Map(dataFactory.fold(state as RepositoryState, events));
    const runs = changes.get(tables.runs) ?? [];
    return changes.set(
      tables.runs,
      runs.map((run) => ({ ...run, message: String(run.message).toUpperCase() })),
    );
  },
};

let projected: ProjectedLog;
let running: { stop: AbortController; done: Promise<void>; statuses: SubscriberStatus[] }[];
beforeEach(async () => {
  running = [];
  projected = await createProjectedLog();
  await projected.append(...mixedDrafts(8));
});
afterEach(async () => {
  for (const { stop } of running) stop.abort(new Error('the test is over'));
  await Promise.all(running.map(({ done }) => done));
  await projected.close();
});

function run(projection: Projection) {
  const stop = new AbortController();
  const statuses: SubscriberStatus[] = [];
  const done = runProjection({
    ...projected,
    projection,
    databaseUrl: projected.url,
    clock: systemClock,
    logger: silent,
    signal: stop.signal,
    onStatus: (status) => statuses.push(status),
  });
  const started = { stop, done, statuses };
  running.push(started);
  return started;
}

const messages = async () => {
  const { rows } = await projected.admin.query<{ message: string }>(
    `select distinct message from data_factory.runs where recorded_by = 'pushledger'`,
  );
  return rows.map(({ message }) => message);
};
const version = async () => {
  const { rows } = await projected.admin.query<{ version: number }>(
    `select version from pushledger.checkpoints where name = 'data_factory'`,
  );
  return rows[0]?.version;
};
const atHead = async () => (await projected.position('data_factory')) === (await projected.store.head());

describe('a new version in the code', () => {
  test('builds its rows beside the old ones, takes their place, and goes on', async () => {
    await projected.project([first]);
    expect(await messages()).toEqual(['rewritten']);
    run(second);
    await until('the new version', async () => (await version()) === second.version);
    expect(await messages()).toEqual(['REWRITTEN']);
    await projected.append(pushDraft({ position: 60 }));
    await until('the end of the log', atHead);
    expect(await messages()).toEqual(['REWRITTEN']);
    expect(sumOf(await projected.rebuild({ projections: [second], dryRun: true }))).toEqual(noDifference);
    expect(await projected.shadows()).toEqual([]);
  });

  test('takes in what came after the old one was stopped', async () => {
    await projected.project([first]);
    await projected.append(...mixedDrafts(4, { position: 60 }));
    run(second);
    await until('the new version', async () => (await version()) === second.version);
    const { rows } = await projected.admin.query(`select count(*)::int as runs from data_factory.runs`);
    expect(rows).toEqual([{ runs: 12 }]);
  });

  test('leaves the old rows to be read until it has its own', async () => {
    await projected.project([first]);
    const old = await projected.rows();
    // Whoever reads them holds up the change, and not the building.
    await projected.admin.query(`begin; select 1 from pushledger.checkpoints for update`);
    run(second);
    await until('a shadow that is built', async () => {
      if ((await projected.shadows()).length === 0) return false;
      const { rows } = await projected.pool.query<{ runs: number }>(
        `select count(*)::int as runs from pushledger_rebuild_data_factory.runs`,
      );
      return rows[0]?.runs === 8;
    });
    expect(await projected.rows()).toEqual(old);
    await projected.admin.query(`rollback`);
    await until('the new version', async () => (await version()) === second.version);
  });

  test('does not go on with the shadow of an older version', async () => {
    await projected.project([first]);
    await projected.leaveBuilt(5n, [first]);
    run(second);
    await until('the new version', async () => (await version()) === second.version);
    expect(await messages()).toEqual(['REWRITTEN']);
  });
});

describe('an older version in the code', () => {
  beforeEach(async () => {
    await projected.project([first]);
    await projected.rebuild({ projections: [second] });
  });

  test('is refused by the service, and the rows stay as they are', async () => {
    const { statuses } = run(first);
    await until('an error', () => statuses.find(({ error }) => error !== null));
    expect(statuses.at(-1)?.error).toContain(
      `data_factory has version ${second.version}, this program has ${first.version}`,
    );
    expect(await messages()).toEqual(['REWRITTEN']);
    expect(await version()).toBe(second.version);
  });

  test.each([false, true])('is refused by a rebuild (dry run: %s)', async (dryRun) => {
    await expect(projected.rebuild({ projections: [first], dryRun })).rejects.toMatchObject({
      code: 'PROJECTION_DOWNGRADE',
    });
    expect(await messages()).toEqual(['REWRITTEN']);
  });

  test('that still runs writes nothing more, though the checkpoint stands where it left it', async () => {
    const from = await projected.position('data_factory');
    await projected.append(pushDraft({ position: 61 }));
    const { events } = await projected.store.readPage(from, 10);
    const context = {
      projection: first,
      pool: projected.pool,
      log: projected.log,
      clock: hastyClock,
      logger: silent,
      signal: new AbortController().signal,
    };
    await expect(handlePage(context, from, events)).rejects.toMatchObject({ code: 'CHECKPOINT_CONFLICT' });
    expect(await messages()).toEqual(['REWRITTEN']);
    expect(await projected.position('data_factory')).toBe(from);
  });
});

test('the version of one projection is no business of the others', async () => {
  await projected.project([first, callMonitor as Projection]);
  await projected.rebuild({ projections: [second] });
  expect(sumOf(await projected.rebuild({ projections: [callMonitor as Projection] }))).toEqual(noDifference);
});
