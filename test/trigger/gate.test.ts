import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGate, type Gate } from '../../src/trigger/gate.ts';
import { TriggerError, type TriggerErrorKind } from '../../src/trigger/trigger-error.ts';
import { createManualClock, type ManualClock } from '../ingest/spool/support/manual-clock.ts';
import { rejection, until } from '../support/condition.ts';

let clock: ManualClock;
let gate: Gate;
const forever = new AbortController().signal;

beforeEach(() => {
  clock = createManualClock();
  // The breaker looks at the system's time: here it is that of the clock.
  vi.useFakeTimers({ toFake: ['Date'], now: clock.now() });
  gate = createGate({
    clock,
    threshold: 3,
    openFor: { firstMs: 1_000, maxMs: 4_000 },
    unauthorizedPauseMs: 60_000,
  });
});
afterEach(() => {
  vi.useRealTimers();
});

function pass(ms: number): void {
  vi.setSystemTime(clock.now().getTime() + ms);
  clock.advance(ms);
}

let requests = 0;
beforeEach(() => {
  requests = 0;
});
const succeed = () => {
  requests++;
  return Promise.resolve('done');
};
const fail = (kind: TriggerErrorKind, retryAfterMs?: number) => () => {
  requests++;
  return Promise.reject(new TriggerError(kind, 'by the test', { retryAfterMs }));
};

async function failTimes(times: number, kind: TriggerErrorKind = 'unanswered'): Promise<void> {
  for (let count = 0; count < times; count++) await rejection(gate.through(fail(kind), forever));
}

/** What becomes of a call while time passes in small steps, and how long that took in milliseconds. */
async function whenThrough<T>(call: Promise<T>, stepMs = 50): Promise<{ value: T; ms: number }> {
  const start = clock.now().getTime();
  let value: { it: T } | null = null;
  call.then((it) => {
    value = { it };
  });
  const found = await until('the call', () => {
    if (value === null) pass(stepMs);
    return value;
  });
  return { value: found.it, ms: clock.now().getTime() - start };
}

describe('the breaker', () => {
  it('is closed while requests are answered, and as long as they do not fail in a row', async () => {
    await failTimes(2);
    await gate.through(succeed, forever);
    await failTimes(2);
    expect(gate.state()).toBe('closed');
  });

  it('opens after failures in a row, lets nothing through for a while, and closes by one that succeeds', async () => {
    await failTimes(3);
    expect(gate.state()).toBe('open');
    const waiting = [gate.through(succeed, forever), gate.through(succeed, forever)];
    const { ms } = await whenThrough(Promise.all(waiting));
    expect(ms).toBeGreaterThanOrEqual(500);
    expect(ms).toBeLessThanOrEqual(1_200);
    expect(gate.state()).toBe('closed');
    expect(requests).toBe(5);
  });

  it('lets one request try at a time, and stays open for longer while that fails', async () => {
    await failTimes(3);
    pass(1_000);
    const tried = rejection(gate.through(fail('unanswered'), forever));
    await tried;
    expect(gate.state()).toBe('open');
    expect(requests).toBe(4);
    const { ms } = await whenThrough(gate.through(succeed, forever));
    expect(ms).toBeGreaterThanOrEqual(1_000);
  });

  it('holds the others back while one tries', async () => {
    await failTimes(3);
    pass(1_000);
    let answer: (text: string) => void = () => undefined;
    const trial = gate.through(() => new Promise<string>((resolve) => (answer = resolve)), forever);
    await until('the trial', () => gate.state() === 'half-open');
    const other = gate.through(succeed, forever);
    expect(requests).toBe(3);
    answer('done');
    expect(await Promise.all([trial, other])).toEqual(['done', 'done']);
    expect(gate.state()).toBe('closed');
  });

  it.each(['final', 'busy', 'unauthorized'] as const)(
    'is not opened by an answer that is %s',
    async (kind) => {
      for (let count = 0; count < 5; count++) {
        const failed = rejection(gate.through(fail(kind), forever));
        await failed;
        pass(60_000);
      }
      expect(gate.state()).toBe('closed');
    },
  );

  it('lets go of one that nobody wants any more', async () => {
    await failTimes(3);
    let wanted = true;
    const waiting = rejection(
      gate.through(fail('unanswered'), forever, () => {
        if (!wanted) throw new TriggerError('expired', 'too old by now');
      }),
    );
    wanted = false;
    pass(1_100);
    expect(await waiting).toMatchObject({ kind: 'expired' });
    expect(requests).toBe(3);
  });

  it('lets go of all when it is stopped', async () => {
    await failTimes(3);
    const stop = new AbortController();
    const waiting = rejection(gate.through(succeed, stop.signal));
    stop.abort(new Error('the test stops it'));
    expect(await waiting).toMatchObject({ message: 'the test stops it' });
  });
});

describe('a pause', () => {
  it('that is asked for holds for everybody', async () => {
    await rejection(gate.through(fail('busy', 30_000), forever));
    const { ms } = await whenThrough(gate.through(succeed, forever), 1_000);
    expect(ms).toBeGreaterThanOrEqual(30_000);
    expect(ms).toBeLessThan(32_000);
  });

  it('is made by a refused token', async () => {
    await failTimes(1, 'unauthorized');
    const { ms } = await whenThrough(gate.through(succeed, forever), 1_000);
    expect(ms).toBeGreaterThanOrEqual(60_000);
  });
});
