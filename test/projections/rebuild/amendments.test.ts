import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PushId } from '../../../src/events/ids.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import { amendmentOf, type Row, type Table } from '../../../src/projections/table.ts';
import { confirmedDraft, pushDrafts, redeliveredDraft } from '../support/facts.ts';
import { createProjectedLog, noDifference, type ProjectedLog, sumOf } from '../support/projected-log.ts';

/** A row for each push, in which a redelivery changes a column and a confirmation everything. */
const samples: Table = {
  schema: 'pushledger',
  name: 'samples',
  key: ['push_id'],
  columns: { push_id: 'uuid', what: 'text', by: 'text' },
  shared: false,
  growth: 'appended',
};
const what = amendmentOf(samples, ['what']);
const whole = amendmentOf(samples);
const projection: Projection = {
  name: 'samples',
  version: 1,
  tables: [samples],
  amendments: [what, whole],
  empty: () => null,
  load: async () => null,
  loadAll: async () => null,
  fold(_state, events) {
    const rows = new Map<Table, Row[]>([
      [whole, []],
      [what, []],
      [samples, []],
    ]);
    for (const { type, data } of events) {
      if (type === 'PushReceived') rows.get(samples)?.push({ push_id: data.pushId, what: 'new', by: 'push' });
      if (type === 'PushRedelivered') rows.get(what)?.push({ push_id: data.pushId, what: data.deliveryId });
      if (type === 'PushConfirmed')
        rows.get(whole)?.push({ push_id: data.pushId, what: data.deliveryId, by: 'confirmation' });
    }
    return rows;
  },
};

let projected: ProjectedLog;
beforeEach(async () => {
  projected = await createProjectedLog();
  await projected.admin.query(
    'create table pushledger.samples (push_id uuid primary key, what text, "by" text)',
  );
});
afterEach(() => projected.close());

const unknown = '11111111-1111-5111-8111-111111111111' as PushId;
const live = async () =>
  (await projected.admin.query<{ row: string }>('select s::text as row from pushledger.samples s order by 1'))
    .rows;
const rebuild = (dryRun: boolean) => projected.rebuild({ projections: [projection], dryRun });

async function appendEachApart(): Promise<string[]> {
  const pushes = pushDrafts(6);
  const [first, second, third] = pushes.map(({ data }) => data.pushId) as [PushId, PushId, PushId];
  const latest = redeliveredDraft(first);
  const drafts = [
    ...pushes,
    redeliveredDraft(first),
    redeliveredDraft(second),
    confirmedDraft(third),
    latest,
    redeliveredDraft(unknown),
    confirmedDraft('22222222-2222-5222-8222-222222222222' as PushId),
  ];
  for (const draft of drafts) await projected.append(draft);
  return [`(${first},${latest.data.deliveryId},push)`];
}

test.each([1, 100])(
  'rows that later events change are rebuilt as the live projection has them (page of %i)',
  async (pageSize) => {
    const expected = await appendEachApart();
    await projected.project([projection], pageSize);
    const before = await live();
    expect(before.map(({ row }) => row)).toEqual(expect.arrayContaining(expected));
    // Six pushes, and the one whose row came whole; of the other that is not known, nothing.
    expect(before).toHaveLength(7);
    expect(sumOf(await rebuild(true))).toEqual(noDifference);

    await projected.admin.query(`update pushledger.samples set what = 'lies'`);
    expect(sumOf(await rebuild(false))).toEqual({ added: 0, changed: 7, removed: 0 });
    expect(await live()).toEqual(before);
  },
);

test('an interrupted rebuild keeps the changes that wait', async () => {
  await appendEachApart();
  await projected.project([projection]);
  const before = await live();
  await projected.leaveBuilt((await projected.position('samples')) - 2n, [projection]);
  await projected.admin.query(`delete from pushledger.samples`);
  expect(sumOf(await rebuild(false))).toEqual({ added: 7, changed: 0, removed: 0 });
  expect(await live()).toEqual(before);
});
