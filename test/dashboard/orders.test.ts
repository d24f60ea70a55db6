import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/condition.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { adminToken, bearer, deliver, read, refusal } from './support/api.ts';

let service: RunningService;
beforeAll(async () => {
  // Without what would do at once what is ordered here.
  service = await startTestService({
    roles: ['ingest', 'projections', 'dashboard'],
    env: { ADMIN_TOKEN: adminToken },
  });
  await deliver(service, 'push-first-default-branch', 'push-tag-create');
});
afterAll(() => service.stop());

const order = (path: string, body?: unknown) =>
  read(service, path, { method: 'POST', headers: bearer, ...(body !== undefined && { body }) });
const refused = (path: string, body?: unknown) =>
  refusal(service, path, { method: 'POST', headers: bearer, ...(body !== undefined && { body }) });
const countEvents = async (type: string) =>
  (await service.rows('select from pushledger.events where type = $1', [type])).length;

/** Rows of a message as the notifier has them. */
async function message(state: 'parked' | 'sent', position: number): Promise<string> {
  const messageId = randomUUID();
  await service.rows(
    `insert into pushledger.notifications (message_id, version, room, push_ids, state, transaction_id, content,
                                           planned_at, planned_position, failures, failed_at, reason)
     values ($1::uuid, 1, 'room', array[$2::uuid], $3, ($1::uuid)::text, '{"body":"text"}', now(), $4, 1, now(), 'M_FORBIDDEN')`,
    [messageId, randomUUID(), state, position],
  );
  return messageId;
}

describe('parked messages', () => {
  beforeEach(() => service.rows('delete from pushledger.notifications'));

  it('are listed with the reason, and tried again one by one', async () => {
    const messageId = await message('parked', 1);
    await message('sent', 2);
    const { notifications, counts } = await read(service, '/api/notifications?state=parked', {
      headers: bearer,
    });
    expect(notifications).toMatchObject([{ messageId, reason: 'M_FORBIDDEN', text: 'text' }]);
    expect(counts).toMatchObject({ parked: 1 });
    const before = await countEvents('NotificationRetried');
    expect(await order(`/api/notifications/${messageId}/retry`)).toEqual({ retried: 1 });
    expect(await countEvents('NotificationRetried')).toBe(before + 1);
  });

  it('are found no more where they are not parked, or not known', async () => {
    const messageId = await message('sent', 1);
    for (const id of [messageId, randomUUID()]) {
      expect(await refused(`/api/notifications/${id}/retry`)).toMatchObject({ status: 404 });
    }
    expect(await refused('/api/notifications/x/retry')).toMatchObject({ status: 400, field: 'messageId' });
  });

  it('are tried again all together only where they are as many as were seen', async () => {
    await message('parked', 1);
    await message('parked', 2);
    const before = await countEvents('NotificationRetried');
    expect(await refused('/api/notifications/retry', { expected: 1 })).toMatchObject({
      status: 409,
      code: 'COUNT_CHANGED',
      message: expect.stringContaining('2 are parked'),
    });
    expect(await countEvents('NotificationRetried')).toBe(before);
    expect(await order('/api/notifications/retry', { expected: 2 })).toEqual({ retried: 2 });
    expect(await refused('/api/notifications/retry', {})).toMatchObject({ status: 400, field: 'expected' });
  });
});

describe('parked triggers', () => {
  it('are asked for again, and found no more where there is none', async () => {
    const [row] = await service.rows<{ push_id: string }>('select push_id from pushledger.pushes limit 1');
    const pushId = row?.push_id ?? randomUUID();
    expect(await refused(`/api/triggers/${pushId}/retry`)).toMatchObject({ status: 404 });
    await service.rows(
      `insert into pushledger.triggers (push_id, lane, repository, ref, received_at, state, due_since, attempts,
                                        failures, retries, failed_at, reason)
       values ($1, 'lane', 'acme/widgets', 'refs/heads/main', now(), 'parked', now(), 3, 1, 0, now(), 'HTTP 400')`,
      [pushId],
    );
    expect(await read(service, `/api/pushes/${pushId}`)).toMatchObject({
      dag: { state: 'parked', reason: 'HTTP 400' },
    });
    expect(await order(`/api/triggers/${pushId}/retry`)).toEqual({ retried: 1 });
    expect(await countEvents('DagTriggerRetried')).toBe(1);
  });
});

describe('a rebuild', () => {
  const finished = (rebuildId: string) =>
    until('the rebuild to end', async () => {
      const found = await read(service, `/api/rebuilds/${rebuildId}`, { headers: bearer });
      return found.state !== 'running' && found;
    });

  it('is started, watched, and says what it changed', async () => {
    await until('the pushes', async () => (await service.rows('select from pushledger.pushes')).length === 2);
    await service.rows(`update pushledger.pushes set messages = 'changed' where true`);
    const started = await order('/api/rebuilds', { projections: ['push_history'] });
    expect(started).toMatchObject({ projections: ['push_history'], dryRun: false });
    const done = await finished(started.rebuildId);
    expect(done).toMatchObject({ state: 'done', error: null, finishedAt: expect.any(String) });
    expect(done.differences).toContainEqual({
      projection: 'push_history',
      table: 'pushledger.pushes',
      added: 0,
      changed: 2,
      removed: 0,
    });
    const { rebuild } = await read(service, '/api/projections');
    expect(rebuild).toEqual(done);
  });

  it('is of all projections where none is named, and of none that there is not', async () => {
    const started = await order('/api/rebuilds', { dryRun: true });
    expect(started.projections).toEqual(
      expect.arrayContaining(['data_factory', 'call_monitor', 'push_history']),
    );
    await finished(started.rebuildId);
    expect(await refused('/api/rebuilds', { projections: ['nothing'] })).toMatchObject({
      status: 400,
      field: 'projections',
    });
    expect(await refused('/api/rebuilds', { dryrun: true })).toMatchObject({ status: 400, field: 'dryrun' });
  });

  it('does not run beside another one, of this process or of any other', async () => {
    const elsewhere = await startTestService({
      roles: ['dashboard'],
      env: { ADMIN_TOKEN: adminToken },
      via: async () => ({ url: service.databaseUrl }),
    });
    // What a rebuild cannot get past: it waits where it takes over, and holds its lock.
    await service.rows('begin');
    await service.rows(`select from pushledger.checkpoints where name = 'push_history' for update`);
    const first = await order('/api/rebuilds', { projections: ['push_history'] });
    expect(await refused('/api/rebuilds', {})).toMatchObject({ status: 409, code: 'REBUILD_RUNNING' });
    const beside = await refusal(elsewhere, '/api/rebuilds', {
      method: 'POST',
      headers: bearer,
      body: { projections: ['push_history'] },
    });
    expect(beside).toMatchObject({ status: 409, code: 'REBUILD_RUNNING' });
    await service.rows('rollback');
    expect(await finished(first.rebuildId)).toMatchObject({ state: 'done' });
    await elsewhere.stop();
  });

  it('that is not known is not found', async () => {
    expect(await refusal(service, `/api/rebuilds/${randomUUID()}`, { headers: bearer })).toMatchObject({
      status: 404,
    });
  });
});

it('a body that is no JSON, or not sent as such, is refused', async () => {
  const { status } = await refusal(service, '/api/rebuilds', {
    method: 'POST',
    headers: { ...bearer, 'content-type': 'text/plain' },
    body: {},
  });
  expect(status).toBe(415);
});
