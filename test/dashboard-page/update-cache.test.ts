import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCacheUpdater } from '../../dashboard/src/live/update-cache.ts';
import type { Changes, LiveStatus } from '../../src/dashboard/api/schemas/live.ts';

const changes = (position: string, over: Partial<Changes> = {}): Changes => ({
  position,
  pushes: [],
  morePushes: 0,
  notifications: [],
  moreNotifications: 0,
  triggers: [],
  moreTriggers: 0,
  ...over,
});
const status = (position: string): LiveStatus => ({
  head: position,
  projections: [{ name: 'push_history', position, lag: 0, parked: 0 }],
  notifications: { planned: 0, parked: 0 },
  rebuild: null,
});

describe('a list that rows are behind of', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function watch() {
    const client = new QueryClient();
    client.setQueryData(['nodes'], {});
    client.setQueryData(['notifications', null], {});
    const updater = createCacheUpdater(client);
    return {
      updater,
      /** Whether it was to be read again; from then on it counts as read. */
      wasStale(...key: unknown[]) {
        const isStale = client.getQueryState(key)?.isInvalidated;
        client.setQueryData(key, {});
        return isStale;
      },
    };
  }

  it('is read again at once, and once more when the rows have come', () => {
    const { updater, wasStale } = watch();
    updater.status(status('5'));
    updater.changes(changes('7', { morePushes: 1 }));
    expect(wasStale('nodes')).toBe(true);
    updater.status(status('6'));
    vi.advanceTimersByTime(2_000);
    expect(wasStale('nodes')).toBe(true);
    updater.status(status('7'));
    vi.advanceTimersByTime(2_000);
    expect(wasStale('nodes')).toBe(true);
    updater.status(status('8'));
    vi.advanceTimersByTime(2_000);
    expect(wasStale('nodes')).toBe(false);
  });

  it('is left alone by changes of something else, and by a status that tells nothing new', () => {
    const { updater, wasStale } = watch();
    updater.changes(changes('7', { morePushes: 1 }));
    expect(wasStale('notifications', null)).toBe(false);
    updater.status(status('6'));
    vi.advanceTimersByTime(4_000);
    wasStale('nodes');
    updater.status(status('6'));
    vi.advanceTimersByTime(4_000);
    expect(wasStale('nodes')).toBe(false);
  });
});
