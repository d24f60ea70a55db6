import { describe, expect, it } from 'vitest';
import { withChanges } from '../../dashboard/src/live/apply-changes.ts';
import type { Changes } from '../../src/dashboard/api/schemas/live.ts';
import type { ListedPush } from '../../src/dashboard/api/schemas/pushes.ts';

function push(n: number, over: Partial<ListedPush> = {}): ListedPush {
  return {
    pushId: `push-${n}`,
    receivedAt: new Date(1_700_000_000_000 + n * 1_000).toISOString(),
    pushedAt: null,
    source: 'webhook',
    repository: 'acme/widgets',
    ref: 'refs/heads/main',
    refKind: 'branch',
    branch: 'main',
    kind: 'updated',
    before: null,
    after: 'a'.repeat(40),
    commitCount: 1,
    commitCountIsFloor: false,
    forced: null,
    pusher: 'ada',
    author: 'Ada L',
    title: `change ${n}`,
    compareUrl: null,
    ignored: null,
    announcement: 'waiting',
    ...over,
  };
}

const nothing: Changes = {
  position: '1',
  pushes: [],
  morePushes: 0,
  notifications: [],
  moreNotifications: 0,
  triggers: [],
  moreTriggers: 0,
};

const outcome = (state: string, ...pushIds: string[]): Changes['notifications'][number] => ({
  messageId: 'm',
  version: 1,
  pushIds,
  state,
  at: '2026-02-03T00:00:00Z',
  reason: null,
});

const read = (...pages: ListedPush[][]) => ({
  pages: pages.map((pushes) => ({ pushes, nextCursor: null })),
  pageParams: [''],
});
const idsOf = (result: ReturnType<typeof withChanges>) =>
  result?.pages.map(({ pushes }) => pushes.map(({ pushId }) => pushId));

describe('the list after changes', () => {
  it('has new pushes in front, and leaves the pages after the first alone', () => {
    const result = withChanges(read([push(2)], [push(1)]), { ...nothing, pushes: [push(4), push(3)] });
    expect(idsOf(result)).toEqual([['push-4', 'push-3', 'push-2'], ['push-1']]);
  });

  it('has a push once that both an answer and a change brought, on whichever page', () => {
    const result = withChanges(read([push(3)], [push(2)]), { ...nothing, pushes: [push(3), push(2)] });
    expect(idsOf(result)).toEqual([['push-3'], ['push-2']]);
  });

  it('puts a push at its time, not where it came', () => {
    const result = withChanges(read([push(5), push(3)]), { ...nothing, pushes: [push(4)] });
    expect(idsOf(result)).toEqual([['push-5', 'push-4', 'push-3']]);
  });

  it.each([
    [['planned'], 'planned'],
    [['sent', 'planned'], 'sent'],
    [['planned', 'parked'], 'planned'],
    [['superseded'], 'waiting'],
  ])('says of a push what the newest of %j says, as the newest comes first', (states, expected) => {
    const changes = {
      ...nothing,
      pushes: [push(2)],
      notifications: states.map((state) => outcome(state, 'push-2')),
    };
    expect(withChanges(read([push(1)]), changes)?.pages[0]?.pushes[0]?.announcement).toBe(expected);
  });

  it('keeps a push announced when a later version of its message is planned', () => {
    const changes = { ...nothing, notifications: [outcome('planned', 'push-1')] };
    const result = withChanges(read([push(1, { announcement: 'sent' })]), changes);
    expect(result?.pages[0]?.pushes[0]?.announcement).toBe('sent');
  });

  it.each([{ morePushes: 1 }, { moreNotifications: 1 }])(
    'is to be read again where not all was told: %j',
    (more) => {
      expect(withChanges(read([push(1)]), { ...nothing, ...more })).toBeNull();
    },
  );

  it('is to be read again before its first page grows without end', () => {
    const full = Array.from({ length: 400 }, (_, n) => push(n));
    expect(withChanges(read(full), { ...nothing, pushes: [push(1_000)] })).toBeNull();
  });
});
