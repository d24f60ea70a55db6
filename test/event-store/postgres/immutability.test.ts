import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeEvent } from '../../../src/events/codec.ts';
import { testDelivery } from '../../support/event-drafts.ts';
import { createPostgresLog, type PostgresLog } from '../support/postgres-log.ts';

describe('the table of events', () => {
  let log: PostgresLog;
  const event = encodeEvent(testDelivery());

  beforeAll(async () => {
    log = await createPostgresLog();
    await log.open().append(event);
  });
  afterAll(() => log.close());

  it.each([
    ['update', `update pushledger.events set data = '{}'`],
    ['update of nothing', `update pushledger.events set data = '{}' where false`],
    ['delete', 'delete from pushledger.events'],
    ['truncate', 'truncate pushledger.events'],
    ['upsert', `${insert(event.stream)} on conflict (stream) do update set data = '{}'`],
    [
      'merge',
      `merge into pushledger.events e using (select 1) as one on e.stream = '${event.stream}' when matched then delete`,
    ],
  ])('refuses an %s even to a superuser', async (_, statement) => {
    await expect(log.admin.query(statement)).rejects.toMatchObject({
      code: '23001',
      message: expect.stringMatching(
        /^events are immutable: (UPDATE|DELETE|TRUNCATE) on pushledger\.events refused$/,
      ),
    });
    const { rows } = await log.admin.query('select data from pushledger.events');
    expect(rows).toEqual([{ data: event.data }]);
  });

  it('holds one event a stream, whoever writes', async () => {
    await expect(log.admin.query(insert(event.stream))).rejects.toMatchObject({
      constraint: 'events_stream_key',
    });
  });
});

function insert(stream: string): string {
  return `insert into pushledger.events (event_id, stream, type, data, metadata, correlation_id)
    values (gen_random_uuid(), '${stream}', 't', '{}', '{}', '')`;
}
