import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failureOf, isPassing } from '../../dashboard/src/api/failure.ts';
import { waitBefore } from '../../dashboard/src/live/backoff.ts';
import { hasCaughtUp } from '../../dashboard/src/live/caught-up.ts';
import { createThrottle } from '../../dashboard/src/live/throttle.ts';

it('connects again soon, and waits longer and longer, but never long', () => {
  expect([1, 2, 3, 4, 5, 6, 100].map(waitBefore)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

describe('a throttle', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('does the first at once, and of those that follow the last, when the time has passed', () => {
    const done: number[] = [];
    const throttle = createThrottle(1_000);
    for (const n of [1, 2, 3]) throttle('list', () => done.push(n));
    expect(done).toEqual([1]);
    vi.advanceTimersByTime(1_000);
    expect(done).toEqual([1, 3]);
    throttle('list', () => done.push(4));
    expect(done).toEqual([1, 3]);
    vi.advanceTimersByTime(1_000);
    expect(done).toEqual([1, 3, 4]);
  });

  it('rests when nothing was asked for, and keeps names apart', () => {
    const done: string[] = [];
    const throttle = createThrottle(1_000);
    throttle('a', () => done.push('a'));
    throttle('b', () => done.push('b'));
    vi.advanceTimersByTime(5_000);
    throttle('a', () => done.push('a again'));
    expect(done).toEqual(['a', 'b', 'a again']);
    vi.advanceTimersByTime(5_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('an answer that is no success', () => {
  it('says what the service says', () => {
    const body = { error: { code: 'PARAMETER_INVALID', message: 'q: too long', field: 'q' } };
    const failure = failureOf(400, body, null);
    expect(failure).toMatchObject({
      status: 400,
      code: 'PARAMETER_INVALID',
      field: 'q',
      message: 'q: too long',
    });
    expect([failure.isClosed, isPassing(failure)]).toEqual([false, false]);
  });

  it.each([null, 'Bad Gateway', [], { error: 'no' }, { error: { message: 3 } }])(
    'stands also where a proxy made it, and its body is %j',
    (body) => {
      expect(failureOf(502, body, 'Tue, 03 Feb')).toMatchObject({ message: 'HTTP 502', retryAfter: null });
    },
  );

  it('says whether to sign in, and when to try again', () => {
    expect([401, 403, 404].map((status) => failureOf(status, null, null).isClosed)).toEqual([
      true,
      true,
      false,
    ]);
    expect(failureOf(429, null, '17').retryAfter).toBe(17);
    expect(isPassing(failureOf(503, null, null))).toBe(true);
  });
});

describe('what follows the log', () => {
  const follower = (position: string) => ({ name: 'a', position, lag: 0, parked: 0 });

  it('has caught up with a position when all of it is there, however large the number', () => {
    const status = { projections: [follower('9007199254740993'), follower('9007199254740995')] };
    expect(hasCaughtUp(status, '9007199254740993')).toBe(true);
    expect(hasCaughtUp(status, '9007199254740994')).toBe(false);
  });
});
