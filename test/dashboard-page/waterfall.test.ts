import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOut } from '../../dashboard/src/views/push/waterfall.ts';
import type { Call } from '../../src/dashboard/api/schemas/calls.ts';

function call(offsetMs: number, durationMs: number | null): Call {
  return {
    callId: `${offsetMs}-${durationMs}`,
    parentCallId: null,
    depth: 0,
    functionName: 'ingest.receive',
    status: 'ok',
    startedAt: new Date(offsetMs).toISOString(),
    offsetMs,
    durationMs,
    error: null,
    attributes: {},
  };
}

const barsOf = (...calls: Call[]) => layOut(calls).bars.map(({ left, width }) => [left, width]);

describe('the waterfall', () => {
  it('gives each call its part of the whole time', () => {
    expect(barsOf(call(0, 50), call(50, 50))).toEqual([
      [0, 50],
      [50, 50],
    ]);
    expect(layOut([call(0, 50), call(50, 50)]).totalMs).toBe(100);
  });

  it('gives a call that nobody measured a place and no width', () => {
    expect(barsOf(call(0, 10), call(5, null))).toEqual([
      [0, 100],
      [50, 0],
    ]);
  });

  it('cuts a long pause short, says how long it was, and keeps the rest in proportion', () => {
    const { bars, pauses, totalMs } = layOut([call(0, 10), call(10, 30), call(86_400_000, 40)]);
    expect(pauses.map(({ ms }) => ms)).toEqual([86_399_960]);
    expect(totalMs).toBe(86_400_040);
    const [first, second, third] = bars.map(({ width }) => width);
    expect((second ?? 0) / (first ?? 1)).toBeCloseTo(3);
    expect((third ?? 0) / (second ?? 1)).toBeCloseTo(4 / 3);
    expect(bars[2]?.left).toBeCloseTo((bars[1]?.left ?? 0) + (bars[1]?.width ?? 0) + 8);
  });

  it('draws a short pause as long as it was', () => {
    const { bars, pauses } = layOut([call(0, 10), call(990, 10)]);
    expect(pauses).toEqual([]);
    expect(bars[1]?.left).toBeCloseTo(99);
  });

  it('stands for a chain of one moment, and for none', () => {
    expect(barsOf(call(0, null), call(0, 0))).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(layOut([])).toEqual({ bars: [], pauses: [], totalMs: 0 });
  });

  it('keeps every bar within the axis and in the order of time, whatever the calls', () => {
    const calls = fc.array(
      fc.record({
        offset: fc.integer({ min: 0, max: 100_000_000 }),
        duration: fc.option(fc.integer({ min: 0, max: 100_000 })),
      }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(calls, (drawn) => {
        const sorted = drawn.toSorted((one, other) => one.offset - other.offset);
        const first = sorted[0]?.offset ?? 0;
        const { bars } = layOut(sorted.map(({ offset, duration }) => call(offset - first, duration)));
        let before = 0;
        for (const { left, width } of bars) {
          expect(left).toBeGreaterThanOrEqual(before - 1e-9);
          expect(width).toBeGreaterThanOrEqual(0);
          expect(left + width).toBeLessThanOrEqual(100 + 1e-6);
          before = left;
        }
      }),
    );
  });
});
