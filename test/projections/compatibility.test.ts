import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { refuseIncompatibleTables } from '../../src/projections/compatibility.ts';
import { createProjectedLog, type ProjectedLog, projectedTables } from './support/projected-log.ts';

let projected: ProjectedLog;
beforeEach(async () => {
  projected = await createProjectedLog();
});
afterEach(() => projected.close());

const check = () =>
  inTransaction(projected.pool, (client) =>
    refuseIncompatibleTables(
      client,
      projectedTables.filter(({ shared }) => shared),
    ),
  );

test('our own tables fit', () => expect(check()).resolves.toBeUndefined());

describe('fits:', () => {
  test.each([
    'alter table call_monitor.calls add column cost numeric not null default 0',
    'alter table call_monitor.calls add column note text',
    'alter table call_monitor.calls add column nr bigint not null generated always as identity',
    'alter table call_monitor.calls alter column attributes type json',
    'alter table call_monitor.calls alter column duration_ms type numeric',
    'alter table call_monitor.calls alter column error type varchar',
    'alter table call_monitor.calls alter column started_at type timestamptz(3)',
    'alter table data_factory.runs alter column commit_count type bigint',
  ])('%s', async (statement) => {
    await projected.admin.query(statement);
    await expect(check()).resolves.toBeUndefined();
  });
});

describe('is refused with its name:', () => {
  test.each([
    ['drop column parent_call_id', 'call_monitor.calls.parent_call_id is missing (uuid)'],
    ['drop column recorded_by', 'call_monitor.calls.recorded_by is missing (text)'],
    [
      'add column team text not null',
      'call_monitor.calls.team is not ours, and neither nullable nor with a default',
    ],
    ['alter column trace_id type text', 'call_monitor.calls.trace_id is text, which does not take uuid'],
    [
      'alter column duration_ms type integer',
      'call_monitor.calls.duration_ms is integer, which does not take double',
    ],
    [
      'alter column started_at type timestamp',
      'call_monitor.calls.started_at is timestamp without time zone',
    ],
    [
      'alter column started_at type timestamptz(0)',
      'call_monitor.calls.started_at keeps 0 digits of a second',
    ],
    ['alter column error type varchar(80)', 'call_monitor.calls.error is limited to 80 characters'],
    ['alter column duration_ms type numeric(6, 1)', 'call_monitor.calls.duration_ms is limited to 6 digits'],
    [
      `drop column status, add column status text generated always as ('ok') stored`,
      'call_monitor.calls.status is generated, and takes no value',
    ],
    ['drop constraint calls_pkey', 'call_monitor.calls.call_id is not unique by itself'],
  ])('%s', async (change, difference) => {
    await projected.admin.query(`alter table call_monitor.calls ${change}`);
    await expect(check()).rejects.toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
      message: expect.stringContaining(`  - ${difference}`),
    });
  });

  test('each of several', async () => {
    await projected.admin.query(`
      alter table call_monitor.calls drop column status, drop column attributes;
      alter table data_factory.runs drop column pusher`);
    const message = await check().catch((error: Error) => error.message);
    for (const column of [
      'call_monitor.calls.status',
      'call_monitor.calls.attributes',
      'data_factory.runs.pusher',
    ]) {
      expect(message).toContain(`${column} is missing`);
    }
  });
});
