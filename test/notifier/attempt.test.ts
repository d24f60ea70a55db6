import { expect, it } from 'vitest';
import type { MessageId, PushId } from '../../src/events/ids.ts';
import { type AttemptOptions, deliver, type Route } from '../../src/notifier/attempt.ts';
import { createProblems } from '../../src/notifier/problems.ts';
import { SendError, type Sent } from '../../src/notifier/sender.ts';
import type { PlannedMessage } from '../../src/notifier/state.ts';
import { createLogger } from '../../src/runtime/logger.ts';

const fiveMinutes = 300_000;

/** A clock whose sleeps pass at once, and are remembered. */
function instantClock() {
  let now = Date.parse('2026-03-01T12:00:00Z');
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(now),
    sleep(ms: number) {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

function setUp(answers: readonly (Sent | Error)[], room = '!room') {
  const clock = instantClock();
  const left = [...answers];
  const limited: Date[] = [];
  const route: Route = {
    pausedUntil: 0,
    otherDeviceUntil: () => Promise.resolve(null),
    sender: {
      serves: () => true,
      close: () => Promise.resolve(),
      send() {
        const answer = left.shift() ?? new Error('no answer is left');
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    },
  };
  const options: AttemptOptions = {
    clock,
    logger: createLogger('silent'),
    problems: createProblems(),
    backoff: { firstMs: 100, maxMs: 1_000 },
    unauthorizedPauseMs: fiveMinutes,
    onRateLimited: (until) => void limited.push(until),
  };
  const message: PlannedMessage = {
    messageId: 'm' as MessageId,
    version: 1,
    room,
    pushIds: ['p' as PushId],
    transactionId: 't',
    content: {},
    plannedAt: clock.now(),
    failures: 0,
  };
  const never = new AbortController().signal;
  const go = () => deliver(message, route, options, { stop: never, abandon: never });
  return { clock, route, options, limited, go };
}

it('pauses longer and longer after failures that pass, and as long as the other side asks', async () => {
  const { clock, go } = setUp([
    new SendError('transient', 'away'),
    new SendError('transient', 'slow down', { retryAfterMs: 7_000 }),
    new Error('not even a SendError'),
    { remoteId: '$1' },
  ]);
  expect(await go()).toMatchObject({ outcome: 'sent', remoteId: '$1', attempts: 4 });
  const [first = 0, second, third = 0] = clock.slept;
  expect(first).toBeLessThanOrEqual(100);
  expect(second).toBeGreaterThanOrEqual(7_000);
  expect(second).toBeLessThanOrEqual(7_700);
  expect(third).toBeGreaterThanOrEqual(200);
});

it('asks a refused account no more than every five minutes', async () => {
  const refused = new SendError('unauthorized', 'M_UNKNOWN_TOKEN');
  const { clock, go } = setUp([refused, refused, { remoteId: '$1' }]);
  expect(await go()).toMatchObject({ outcome: 'sent', attempts: 3 });
  expect(clock.slept.every((ms) => ms >= fiveMinutes)).toBe(true);
});

it('sends nothing while another room has found the account refused', async () => {
  const { clock, route, go } = setUp([{ remoteId: '$1' }]);
  route.pausedUntil = clock.now().getTime() + fiveMinutes;
  expect(await go()).toMatchObject({ outcome: 'sent', attempts: 1 });
  expect(clock.slept).toEqual([fiveMinutes]);
});

it('gives a message up where it is refused for good', async () => {
  const { clock, options, go } = setUp([
    new SendError('transient', 'away'),
    new SendError('final', 'M_TOO_LARGE'),
  ]);
  expect(await go()).toMatchObject({ outcome: 'failed', reason: 'M_TOO_LARGE', attempts: 2 });
  expect(clock.slept).toHaveLength(1);
  expect(options.problems.last()).toBeNull();
});

it('tells when the account has sent too much, and sends nothing to other rooms until then', async () => {
  const tooMuch = new SendError('transient', 'M_LIMIT_EXCEEDED', { retryAfterMs: 7_000, rateLimited: true });
  const { clock, route, limited, go } = setUp([tooMuch, { remoteId: '$1' }]);
  const start = clock.now().getTime();
  expect(await go()).toMatchObject({ outcome: 'sent', attempts: 2 });
  const [until] = limited;
  expect(until?.getTime()).toBeGreaterThanOrEqual(start + 7_000);
  expect(route.pausedUntil).toBe(until?.getTime());
});

it('is not kept from sending for a day by one homeserver that says so', async () => {
  const day = 86_400_000;
  const tooMuch = new SendError('transient', 'M_LIMIT_EXCEEDED', { retryAfterMs: day, rateLimited: true });
  const { clock, route, go } = setUp([tooMuch, { remoteId: '$1' }]);
  const start = clock.now().getTime();
  expect(await go()).toMatchObject({ outcome: 'sent' });
  expect(route.pausedUntil).toBeLessThanOrEqual(start + fiveMinutes);
});

it('does not wait for the end of a pause that a clock began which was ahead', async () => {
  const { clock, route, go } = setUp([{ remoteId: '$1' }]);
  route.pausedUntil = clock.now().getTime() + 743_000;
  expect(await go()).toMatchObject({ outcome: 'sent', attempts: 1 });
  expect(clock.slept).toEqual([]);
});
