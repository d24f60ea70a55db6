import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture, fixtureBytes } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { ask, deliver, read, refusal } from './support/api.ts';

let service: RunningService;
let pushIds: string[];
beforeAll(async () => {
  service = await startTestService();
  pushIds = await deliver(
    service,
    'push-first-default-branch',
    'push-12-commits-capped-5',
    'push-actions-bot',
    'push-tag-create',
    // The same bytes once more.
    'push-12-commits-capped-5',
  );
  await service.settled();
});
afterAll(() => service.stop());

const page = (path: string) => read(service, path);

describe('the list of pushes', () => {
  it('has the newest first, with where each stands', async () => {
    const { pushes } = await page('/api/pushes');
    expect(pushes.map((push: { pushId: string }) => push.pushId)).toEqual(pushIds.slice(0, 4).toReversed());
    expect(pushes.map((push: { announcement: string }) => push.announcement)).toEqual([
      'sent',
      'ignored',
      'sent',
      'sent',
    ]);
    expect(pushes[2]).toMatchObject({
      commitCount: 12,
      author: expect.any(String),
      title: expect.any(String),
    });
  });

  it.each(['/api/pushes', '/api/runs', '/api/notifications'])('of %s goes on page by page', async (path) => {
    const all: object[] = [];
    let cursor: string | null = null;
    do {
      const found = await page(`${path}?limit=1${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      const [list] = Object.values(found).filter(Array.isArray) as object[][];
      expect(list).toHaveLength(1);
      all.push(...(list ?? []));
      cursor = found.nextCursor;
    } while (cursor !== null);
    const [whole] = Object.values(await page(path)).filter(Array.isArray);
    expect(all).toEqual(whole);
  });

  it.each([
    ['repo', () => String(fixture('push-12-commits-capped-5').repository.full_name).toUpperCase(), 4],
    ['status', () => 'ignored', 1],
    ['status', () => 'success', 3],
    ['branch', () => 'no-such-branch', 0],
    ['pusher', () => 'nobody', 0],
    ['author', () => 'nobody', 0],
    ['commit', () => String(fixture('push-12-commits-capped-5').after).slice(0, 9), 3],
    ['q', () => 'nowhere-to-be-found', 0],
    ['since', () => '2000-01-01', 4],
    ['until', () => '2000-01-01T00:00:00+02:00', 0],
  ])('is filtered by %s', async (name, value, found) => {
    const { pushes } = await page(`/api/pushes?${name}=${encodeURIComponent(value())}`);
    expect(pushes).toHaveLength(found);
  });
});

describe('a push', () => {
  it('is its facts, commits and chain as a waterfall', async () => {
    const push = await page(`/api/pushes/${pushIds[1]}`);
    expect(push).toMatchObject({ totalCommits: 12, nodeId: expect.stringMatching(/^gitea_push_/) });
    expect(push.commits).toHaveLength(5);
    expect(push.calls.map(({ functionName }: { functionName: string }) => functionName)).toEqual([
      'ingest.receive',
      'event_store.append',
      'data_factory.record',
      'ingest.receive',
      'matrix.send_message',
    ]);
    expect(push.calls[0]).toMatchObject({ offsetMs: 0, depth: 0, durationMs: expect.any(Number) });
    expect(push.redeliveries).toHaveLength(1);
  });

  it('has the message as it was planned', async () => {
    const { notifications } = await page(`/api/pushes/${pushIds[0]}`);
    expect(notifications[0]).toMatchObject({ state: 'sent', content: { msgtype: 'm.notice' } });
  });

  it.each(['?raw=1', '/body'])(
    'has the very bytes that were signed, by %s, to be saved and not shown',
    async (way) => {
      const answer = await ask(service, `/api/pushes/${pushIds[1]}${way}`);
      expect(answer.bytes.equals(fixtureBytes('push-12-commits-capped-5'))).toBe(true);
      expect(answer.headers).toMatchObject({
        'content-type': expect.stringContaining('application/octet-stream'),
        'content-disposition': `attachment; filename="push-${pushIds[1]}.json"`,
        'x-content-type-options': 'nosniff',
      });
    },
  );

  it('is known by its id in upper case too', async () => {
    expect(await page(`/api/pushes/${pushIds[0]?.toUpperCase()}`)).toMatchObject({ pushId: pushIds[0] });
  });
});

it('the chain of a trace is that of its push', async () => {
  const { calls } = await page(`/api/calls?trace=${pushIds[1]}`);
  expect(calls).toEqual((await page(`/api/pushes/${pushIds[1]}`)).calls);
});

describe('the nodes', () => {
  it('have their runs of the last thirty days, today last', async () => {
    const { days, nodes } = await page('/api/nodes');
    expect(days).toHaveLength(30);
    expect(days.at(-1)).toBe(new Date().toISOString().slice(0, 10));
    const [node] = nodes;
    expect(node.runsPerDay.at(-1)).toBe(node.runCount);
  });

  it('cut days in the zone of who asks', async () => {
    const { days } = await page('/api/nodes?zone=Pacific/Kiritimati');
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Pacific/Kiritimati' }).format(new Date());
    expect(days.at(-1)).toBe(today);
  });

  it('open to their runs', async () => {
    const { nodes } = await page('/api/nodes');
    const { runs } = await page(`/api/runs?node=${encodeURIComponent(nodes[0].nodeId)}`);
    expect(runs.length).toBe(nodes[0].runCount);
  });
});

it('the messages are counted by state', async () => {
  const { counts, notifications } = await page('/api/notifications?state=sent');
  expect(counts.sent).toBe(notifications.length);
  expect(counts).toMatchObject({ planned: 0, parked: 0 });
  expect(notifications[0].text).toContain(String(fixture('push-tag-create').repository.name));
});

it('the followers are at the end of the log', async () => {
  const { head, projections, rebuild } = await page('/api/projections');
  expect(projections.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['call_monitor', 'data_factory', 'notifier', 'push_history']),
  );
  for (const each of projections)
    expect(each, each.name).toMatchObject({ position: head, lag: 0, parked: 0 });
  expect(rebuild).toBeNull();
});

it('the repositories are listed by their last push, with how their hook stands', async () => {
  const { repositories } = await page('/api/hooks');
  expect(repositories[0]).toMatchObject({ hook: 'seen', recovery: null, pushes: expect.any(Number) });
  const { repositories: first, nextCursor } = await page('/api/hooks?limit=1');
  expect(first).toEqual(repositories.slice(0, 1));
  if (nextCursor) {
    const second = await page(`/api/hooks?limit=1&cursor=${nextCursor}`);
    expect(second.repositories).toEqual(repositories.slice(1, 2));
  }
});

it('the activity counts each push once, and how long messages took', async () => {
  const { days, heatMap, latency, deliveries } = await page('/api/activity?bucket=hour');
  const total = heatMap.reduce((sum: number, row: { total: number }) => sum + row.total, 0);
  expect(total).toBe(4);
  expect(heatMap[0].pushes).toHaveLength(days.length);
  expect(deliveries.perDay.at(-1)).toMatchObject({ accepted: 3, ignored: 1, recovered: 0, duplicate: 1 });
  expect(deliveries.sinceStart).toEqual(
    expect.arrayContaining([
      { result: 'accepted', deliveries: 4 },
      { result: 'duplicate', deliveries: 1 },
    ]),
  );
  expect(latency.total).toBe(3);
  expect(latency.p99).toBeGreaterThan(0);
  const inBins = latency.histogram.reduce((sum: number, bin: { pushes: number }) => sum + bin.pushes, 0);
  expect(inBins).toBe(3);
  expect(latency.overTime.length).toBeGreaterThan(0);
});

it('the busiest repositories have rows of their own, all others share one', async () => {
  const { heatMap } = await page('/api/activity?repositories=1');
  expect(heatMap.length).toBeLessThanOrEqual(2);
});

it('the doctor says what it finds', async () => {
  const { checks } = await page('/api/doctor');
  expect(checks).toContainEqual(expect.objectContaining({ group: 'database', verdict: 'ok' }));
});

it.each([
  ['/api/pushes?limit=0', 'limit'],
  ['/api/pushes?limit=many', 'limit'],
  ['/api/pushes?limit=201', 'limit'],
  ['/api/pushes?since=yesterday', 'since'],
  ['/api/pushes?until=2026-02-30', 'until'],
  ['/api/pushes?cursor=abc', 'cursor'],
  ['/api/pushes?commit=xyz', 'commit'],
  ['/api/pushes?status=lost', 'status'],
  ['/api/pushes?branch=a%00b', 'branch'],
  ['/api/pushes?repo=a&repo=b', 'repo'],
  ['/api/pushes?reop=acme/parser', 'reop'],
  ['/api/pushes/no-uuid', 'pushId'],
  ['/api/runs?cursor=WzEsMl0', 'cursor'],
  ['/api/runs?node=', 'node'],
  ['/api/notifications?state=lost', 'state'],
  ['/api/notifications?cursor=WyJhIl0', 'cursor'],
  ['/api/nodes?zone=Mars/Olympus', 'zone'],
  ['/api/nodes?zone=%27;--', 'zone'],
  ['/api/activity?since=2026-02-02&until=2026-02-01', 'since'],
  ['/api/activity?since=2020-01-01&until=2026-02-01', 'since'],
  ['/api/activity?bucket=minute', 'bucket'],
  ['/api/calls', 'trace'],
  ['/api/calls?trace=1', 'trace'],
  ['/api/hooks?cursor=e30', 'cursor'],
  ['/api/events?after=-1', 'after'],
])('%s is refused, naming %s', async (path, field) => {
  expect(await refusal(service, path)).toMatchObject({
    status: 400,
    code: 'PARAMETER_INVALID',
    field,
    message: expect.stringContaining(field),
  });
});

it.each([
  () => `/api/pushes/${randomUUID()}`,
  () => `/api/pushes/${randomUUID()}/body`,
  () => `/api/pushes/${randomUUID()}?raw=1`,
  () => `/api/calls?trace=${randomUUID()}`,
  () => '/api/runs?node=gitea_push_unheard-of',
  () => '/api/nothing',
])('what there is not is not found', async (path) => {
  expect(await refusal(service, path())).toMatchObject({ status: 404, code: 'NOT_FOUND' });
});
