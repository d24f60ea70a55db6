import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DomainEvent, EventDraft } from '../../src/events/event.ts';
import type { EventId } from '../../src/events/ids.ts';
import { reportHealth } from '../../src/health/report.ts';
import { allProjections } from '../../src/projections/all.ts';
import { dataFactory } from '../../src/projections/data-factory/data-factory.ts';
import type { RepositoryState } from '../../src/projections/data-factory/repositories.ts';
import { handlePage } from '../../src/projections/handle-page.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { readStandings } from '../../src/projections/standings.ts';
import { lateProjection } from '../../src/projections/take-late.ts';
import { listParked, skipParked } from '../../src/subscription/parking.ts';
import { retryParked } from '../../src/subscription/retry-parked.ts';
import { silent } from '../event-store/support/postgres-log.ts';
import { undecodable } from '../support/undecodable.ts';
import { failedDraft, pushDraft, pushDrafts } from './support/facts.ts';
import {
  createProjectedLog,
  hastyClock,
  noDifference,
  type ProjectedLog,
  sumOf,
} from './support/projected-log.ts';

const sound = dataFactory as Projection;
let projected: ProjectedLog;
beforeEach(async () => {
  projected = await createProjectedLog();
});
afterEach(() => projected.close());

/** Cannot take pushes of which this is true, and counts how often it was tried. */
function choking(on: (event: DomainEvent) => boolean): { projection: Projection; tries: () => number } {
  let tries = 0;
  const projection: Projection = {
    ...sound,
    fold(state, events) {
      if (events.some(on)) {
        tries++;
        throw new TypeError('cannot read what is not there');
      }
      return dataFactory.fold(state as RepositoryState, events);
    },
  };
  return { projection, tries: () => tries };
}

async function appendUndecodable(): Promise<EventId> {
  const event = undecodable();
  await projected.store.append(event);
  return event.id;
}

const runs = async () => {
  const { rows } = await projected.admin.query<{ runs: number; counted: number }>(
    `select (select count(*)::int from data_factory.runs) as runs,
            (select coalesce(sum(run_count), 0)::int from data_factory.nodes) as counted`,
  );
  return rows[0];
};
const parked = () => listParked(projected.pool, 'data_factory');
const health = () =>
  reportHealth({ ...projected, subscribers: () => [], notifier: () => null, details: 'names' });
const retry = (which: readonly EventId[] | 'all', projection = sound) =>
  retryParked({ ...projected, taker: lateProjection(projection) }, which);

describe('an event that a projection cannot take', () => {
  test('is tried a few times and parked with its error, and the rest goes on', async () => {
    const drafts = pushDrafts(9);
    const poison = drafts[4]?.id;
    await projected.append(...drafts);
    const { projection, tries } = choking(({ id }) => id === poison);
    await projected.project([projection]);
    expect(await runs()).toEqual({ runs: 8, counted: 8 });
    expect(await projected.position('data_factory')).toBe(await projected.store.head());
    expect(await parked()).toEqual([
      {
        subscriber: 'data_factory',
        eventId: poison,
        stream: drafts[4]?.stream,
        type: 'PushReceived',
        error: 'cannot read what is not there',
        attempts: 3,
        parkedAt: hastyClock.now(),
        skippedAt: null,
      },
    ]);
    // Once with its page.
    expect(tries()).toBe(4);
  });

  test('that passes at the second try is not parked', async () => {
    const drafts = pushDrafts(3);
    await projected.append(...drafts);
    let failures = 2;
    await projected.project([choking(({ id }) => id === drafts[1]?.id && failures-- > 0).projection]);
    expect(await parked()).toEqual([]);
    expect(await runs()).toEqual({ runs: 3, counted: 3 });
  });

  test('as it cannot be decoded, is parked by every projection', async () => {
    await projected.append(...pushDrafts(2));
    const id = await appendUndecodable();
    await projected.append(...pushDrafts(2, { position: 40 }));
    await projected.project();
    expect(
      (await listParked(projected.pool)).map(({ subscriber, eventId }) => [subscriber, eventId]),
    ).toEqual(
      ['call_monitor', 'data_factory', 'hooks', 'push_history'].map((projection) => [projection, id]),
    );
    expect(await runs()).toEqual({ runs: 4, counted: 4 });
  });

  test('as Postgres refuses its values, is parked with what Postgres says', async () => {
    const drafts = pushDrafts(3);
    const [, wide] = drafts;
    if (!wide) throw new Error('there is no second push');
    const tooMany: EventDraft = { ...wide, data: { ...wide.data, totalCommits: 2 ** 40 } };
    await projected.append(...drafts.map((draft) => (draft === wide ? tooMany : draft)));
    await projected.project([sound]);
    expect(await parked()).toMatchObject([
      { eventId: wide.id, error: expect.stringContaining('out of range') },
    ]);
    expect(await runs()).toEqual({ runs: 2, counted: 2 });
  });

  test('degrades the health of every process until it is projected or skipped', async () => {
    await projected.append(...pushDrafts(2));
    await projected.project();
    expect(await health()).toMatchObject({ status: 'ok' });
    const id = await appendUndecodable();
    await projected.project();
    const report = await health();
    expect(report.status).toBe('degraded');
    expect(report.projections.map(({ name, parked: count, lag }) => [name, count, lag])).toEqual(
      ['call_monitor', 'data_factory', 'hooks', 'push_history'].map((name) => [name, 1, 0]),
    );
    for (const { name } of allProjections) await skipParked(projected.pool, name, id, new Date());
    expect(await health()).toMatchObject({ status: 'ok' });
  });

  test('is named by a rebuild, which it ends with nothing changed', async () => {
    const drafts = pushDrafts(6);
    await projected.append(...drafts);
    const { projection } = choking(({ id }) => id === drafts[3]?.id);
    await projected.project([projection]);
    const before = await projected.rows();
    await expect(projected.rebuild({ projections: [projection] })).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      message: expect.stringContaining(
        `data_factory cannot take PushReceived in stream ${drafts[3]?.stream}`,
      ),
    });
    expect(await projected.rows()).toEqual(before);
  });

  test('is named by a rebuild also where it is Postgres that refuses it, among hundreds', async () => {
    const drafts = pushDrafts(300);
    const wide = drafts[211];
    if (!wide) throw new Error('there is no such push');
    const tooMany: EventDraft = { ...wide, data: { ...wide.data, totalCommits: 2 ** 40 } };
    await projected.append(...drafts.map((draft) => (draft === wide ? tooMany : draft)));
    await projected.project([sound]);
    await expect(projected.rebuild({ projections: [sound] })).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      message: expect.stringContaining(`data_factory cannot take PushReceived in stream ${wide.stream}`),
    });
  });

  test('is left out by a rebuild once a person decided to do without it', async () => {
    await projected.append(...pushDrafts(3));
    const id = await appendUndecodable();
    await projected.append(...pushDrafts(3, { position: 40 }));
    await projected.project();
    await expect(projected.rebuild()).rejects.toMatchObject({ code: 'EVENT_INVALID' });
    for (const { name } of allProjections) await skipParked(projected.pool, name, id, new Date());
    expect(sumOf(await projected.rebuild())).toEqual(noDifference);
    // The decision outlives the rebuild.
    expect(await parked()).toMatchObject([{ eventId: id, skippedAt: expect.any(Date) }]);
  });

  test('is part of a rebuild, and parked no longer, when a mended version can take it', async () => {
    const drafts = pushDrafts(5);
    await projected.append(...drafts);
    await projected.project([choking(({ id }) => id === drafts[3]?.id).projection]);
    expect(await parked()).toHaveLength(1);
    expect(sumOf(await projected.rebuild({ projections: [sound] }))).toEqual({
      added: 1,
      changed: 2,
      removed: 0,
    });
    expect(await parked()).toEqual([]);
    expect(await runs()).toEqual({ runs: 5, counted: 5 });
  });
});

describe('a retry', () => {
  test('projects what can be taken now, and the rows are those of a rebuild', async () => {
    const drafts = pushDrafts(7);
    const poison = [drafts[1]?.id, drafts[5]?.id].filter((id) => id !== undefined);
    await projected.append(...drafts);
    await projected.project([choking(({ id }) => poison.includes(id)).projection]);
    expect(await runs()).toEqual({ runs: 5, counted: 5 });
    expect([...(await retry('all')).values()]).toEqual([{ outcome: 'taken' }, { outcome: 'taken' }]);
    expect(await runs()).toEqual({ runs: 7, counted: 7 });
    expect(await parked()).toEqual([]);
    expect(sumOf(await projected.rebuild({ projections: [sound], dryRun: true }))).toEqual(noDifference);
  });

  test('leaves parked what fails again, with the new error', async () => {
    const drafts = pushDrafts(2);
    const [poison] = drafts;
    if (!poison) throw new Error('there is no push');
    await projected.append(...drafts);
    await projected.project([choking(({ id }) => id === poison.id).projection]);
    const stillChoking: Projection = {
      ...sound,
      fold() {
        throw new RangeError('still too large');
      },
    };
    const outcomes = await retry([poison.id], stillChoking);
    expect(outcomes.get(poison.id)).toEqual({ outcome: 'failed', error: 'still too large' });
    expect(await parked()).toMatchObject([{ error: 'still too large', attempts: 4 }]);
    expect(await runs()).toEqual({ runs: 1, counted: 1 });
  });

  test('of one event twice at once counts it once', async () => {
    const drafts = pushDrafts(2);
    await projected.append(...drafts);
    await projected.project([choking(({ id }) => id === drafts[0]?.id).projection]);
    const outcomes = await Promise.all([retry('all'), retry('all'), retry('all')]);
    expect(await runs()).toEqual({ runs: 2, counted: 2 });
    const all = outcomes.flatMap((outcome) => [...outcome.values()].map((one) => one.outcome));
    expect(all.filter((one) => one === 'taken')).toEqual(['taken']);
  });

  test('leaves alone what was skipped, unless it is named', async () => {
    const drafts = pushDrafts(2);
    const [poison] = drafts;
    if (!poison) throw new Error('there is no push');
    await projected.append(...drafts);
    await projected.project([choking(({ id }) => id === poison.id).projection]);
    expect(await skipParked(projected.pool, 'data_factory', poison.id, new Date())).toBe(true);
    expect((await retry('all')).size).toBe(0);
    expect((await retry([poison.id])).get(poison.id)).toEqual({ outcome: 'taken' });
  });

  test('of an event that is not parked says so', async () => {
    const id = randomUUID() as EventId;
    expect((await retry([id])).get(id)).toEqual({ outcome: 'not-parked' });
    expect(await skipParked(projected.pool, 'data_factory', id, new Date())).toBe(false);
  });
});

describe('a failure that is not the event’s own', () => {
  test.each([
    ['a table that is gone', 'alter table data_factory.runs rename to runs_away', 'does not exist'],
    ['a column that is gone', 'alter table data_factory.runs rename column author to writer', 'author'],
    [
      'a checkpoint that another process moved',
      'update pushledger.checkpoints set position = 3',
      'no longer at',
    ],
  ])('stops the projection and parks nothing: %s', async (_, happens, text) => {
    await projected.append(...pushDrafts(3));
    await projected.project([sound]);
    const from = await projected.position('data_factory');
    await projected.append(...pushDrafts(3, { position: 40 }));
    const { events } = await projected.store.readPage(from, 10);
    await projected.admin.query(happens);
    const context = {
      projection: sound,
      pool: projected.pool,
      log: projected.log,
      clock: hastyClock,
      logger: silent,
      signal: new AbortController().signal,
    };
    await expect(handlePage(context, from, events)).rejects.toThrow(text);
    expect(await listParked(projected.pool)).toEqual([]);
  });
});

test('what a homeserver answered with U+0000 and half a character in it is in the chain, live and rebuilt alike', async () => {
  const push = pushDraft({ position: 1 });
  await projected.append(push, failedDraft([push.data.pushId], 'no \0 such \ud83d room'));
  await projected.project();
  expect(await listParked(projected.pool)).toEqual([]);
  const { rows } = await projected.admin.query(
    `select error from call_monitor.calls where error is not null`,
  );
  expect(rows).toEqual([{ error: 'no \uFFFD such \uFFFD room' }]);
  expect(sumOf(await projected.rebuild())).toEqual(noDifference);
});

test('a projection that has not begun stands at the start of the log', async () => {
  expect(await readStandings(projected.pool, allProjections)).toEqual(
    ['call_monitor', 'data_factory', 'hooks', 'push_history'].map((name) => ({
      name,
      version: allProjections.find((known) => known.name === name)?.version,
      position: 0n,
      parked: [],
    })),
  );
});
