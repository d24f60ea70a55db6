import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOfLog } from '../../src/events/ids.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { allProjections } from '../../src/projections/all.ts';
import { loadCheckpoint } from '../../src/subscription/checkpoint.ts';
import type { Subscriber } from '../../src/subscription/subscriber.ts';
import { takePage } from '../../src/subscription/take-page.ts';
import { silent } from '../event-store/support/postgres-log.ts';
import { pushDraft, pushDrafts } from '../projections/support/facts.ts';
import { createProjectedLog, hastyClock, type ProjectedLog } from '../projections/support/projected-log.ts';
import { passableDirectory } from '../support/postgres-directory.ts';
import { runProgram } from '../support/service-process.ts';
import { undecodable } from '../support/undecodable.ts';

const options = { timeout: 60_000 };
let projected: ProjectedLog;
let cwd: string;
beforeAll(async () => {
  projected = await createProjectedLog();
  cwd = await passableDirectory();
});
afterAll(() => projected.close());

const run = (...args: string[]) =>
  runProgram(['projections', ...args], {
    cwd,
    env: { DATABASE_URL: projected.url, PUSHLEDGER_DATA_DIR: cwd, PUSHLEDGER_INSTANCE: 'gitea.test' },
  });

describe('what is called wrongly ends with status 2 and a line that says why:', () => {
  test.each([
    [['retry', 'nonsense', '--all'], 'nonsense'],
    [['skip', 'nonsense', randomUUID()], 'nonsense'],
    [['retry', 'data_factory'], 'name events, or give --all'],
    [['retry', 'data_factory', randomUUID(), '--all'], 'name events, or give --all'],
    [['retry', 'data_factory', 'no-uuid'], 'no-uuid: an event id is a UUID'],
    [['skip', 'data_factory'], 'eventId'],
  ])('projections %j', options, async (args, text) => {
    const { status, stderr } = await run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

test('an event that is not parked ends with status 1 and says so', options, async () => {
  const id = randomUUID();
  expect(await run('retry', 'data_factory', id)).toMatchObject({
    status: 1,
    stdout: `${id}: is not parked\n`,
  });
  expect(await run('skip', 'data_factory', id)).toMatchObject({
    status: 1,
    stdout: `${id}: is not parked\n`,
  });
  expect(await run('retry', 'data_factory', '--all')).toMatchObject({
    status: 0,
    stdout: 'nothing of data_factory is parked\n',
  });
});

test('a parked event is listed, stays parked while it fails, is projected when it can be, or is skipped', {
  timeout: 120_000,
}, async () => {
  const begun = JSON.parse((await run('list', '--json')).stdout);
  expect(begun).toEqual(
    ['call_monitor', 'data_factory', 'hooks', 'push_history'].map((name) => ({
      name,
      version: allProjections.find((known) => known.name === name)?.version,
      position: '0',
      lag: 1,
      parked: 0,
      parkedEvents: [],
    })),
  );

  // For as long as another program refuses the second push, it is an event that cannot be projected.
  const refused = pushDraft({ position: 30 });
  const hopeless = pushDraft({ position: 31 });
  await projected.admin.query(`
    alter table data_factory.runs add constraint refused check (run_id <> '${refused.data.pushId}'),
      add constraint hopeless check (run_id <> '${hopeless.data.pushId}')`);
  await projected.append(...pushDrafts(2), refused, hopeless);
  await projected.project();

  const listed = await run('list');
  expect(listed.status).toBe(0);
  expect(listed.stdout).toMatch(/^projection +version +position +lag +parked$/m);
  expect(listed.stdout).toMatch(/^data_factory +2 +5 +0 +2$/m);
  expect(listed.stdout).toMatch(/^call_monitor +2 +5 +0 +0$/m);
  expect(listed.stdout).toMatch(
    new RegExp(`^data_factory +${refused.id} +PushReceived +parked +3 +.*constraint "refused"`, 'm'),
  );

  const failing = await run('retry', 'data_factory', refused.id);
  expect(failing.status).toBe(1);
  expect(failing.stdout).toContain(`${refused.id}: stays parked: `);
  const [, dataFactory] = JSON.parse((await run('list', '--json')).stdout);
  expect(dataFactory).toMatchObject({ parked: 2 });
  expect(dataFactory.parkedEvents).toContainEqual(
    expect.objectContaining({ eventId: refused.id, attempts: 4, stream: refused.stream, skippedAt: null }),
  );

  expect(await run('skip', 'data_factory', hopeless.id)).toMatchObject({
    status: 0,
    stdout: `${hopeless.id}: skipped\n`,
  });
  await projected.admin.query('alter table data_factory.runs drop constraint refused');
  expect(await run('retry', 'data_factory', '--all')).toMatchObject({
    status: 0,
    stdout: `${refused.id}: taken\n`,
  });
  const { rows } = await projected.admin.query(
    `select (select count(*)::int from data_factory.runs) as runs,
            (select sum(run_count)::int from data_factory.nodes) as counted`,
  );
  expect(rows).toEqual([{ runs: 3, counted: 3 }]);
  const after = await run('list');
  expect(after.stdout).toMatch(/^data_factory +2 +5 +0 +0$/m);
  expect(after.stdout).toMatch(new RegExp(`^data_factory +${hopeless.id} +PushReceived +skipped `, 'm'));
});

test('an event that the notifier could not take is listed, retried or refused, and skipped, under its name', {
  timeout: 120_000,
}, async () => {
  const bad = undecodable('NotificationPlanned', 'pushledger.notification-x.1');
  const push = pushDraft({ position: 50 });
  await projected.store.append(bad);
  await projected.append(push);
  const { pool, log, store } = projected;
  await inTransaction(pool, (client) => loadCheckpoint(client, 'notifier', log));
  const { events } = await store.readPage(startOfLog, 1_000);
  const context = { pool, log, clock: hastyClock, logger: silent, signal: new AbortController().signal };
  const handle: Subscriber['handle'] = async (_, taken) => {
    if (taken.some(({ id }) => id === push.id)) throw new TypeError('as a defect of ours would');
  };
  await takePage(context, { name: 'notifier', handle }, startOfLog, events);

  const listed = await run('list');
  expect(listed.stdout).toMatch(/^notifier +- +[0-9]+ +0 +2$/m);
  expect(listed.stdout).toMatch(new RegExp(`^notifier +${bad.id} +NotificationPlanned +parked +3 `, 'm'));

  const retried = await run('retry', 'notifier', '--all');
  expect(retried.status).toBe(1);
  expect(retried.stdout).toContain(`${push.id}: taken\n`);
  expect(retried.stdout).toContain(`${bad.id}: stays parked: RETRY_REFUSED: `);
  expect(retried.stdout).toContain(`\`pushledger projections skip notifier ${bad.id}\` does without it`);
  const { rows } = await projected.admin.query('select push_id from pushledger.due_pushes');
  expect(rows).toEqual([{ push_id: push.data.pushId }]);

  expect(await run('skip', 'notifier', bad.id)).toMatchObject({
    status: 0,
    stdout: `${bad.id}: skipped\n`,
  });
  expect((await run('list')).stdout).toMatch(/^notifier +- +[0-9]+ +0 +0$/m);
});
