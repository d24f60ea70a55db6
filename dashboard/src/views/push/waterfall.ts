import type { Call } from '../../../../src/dashboard/api/schemas/calls.ts';

export interface Bar {
  readonly call: Call;
  /** Per cent of the whole width. */
  readonly left: number;
  readonly width: number;
}

/** A time in which nothing happened, drawn shorter than it was. */
export interface Pause {
  /** Per cent of the whole width, of its middle. */
  readonly at: number;
  /** Milliseconds that it took. */
  readonly ms: number;
}

export interface Waterfall {
  readonly bars: readonly Bar[];
  readonly pauses: readonly Pause[];
  /** From the first beginning to the last end, in milliseconds. */
  readonly totalMs: number;
}

interface Span {
  readonly start: number;
  end: number;
}

/** A pause is drawn shorter where it is longer than this, in milliseconds, and than everything that happened. */
const longPauseMs = 2_000;
/** Of the whole width, for a pause that is drawn shorter. */
const pauseShare = 0.08;

/**
 * Calls as bars on one axis of time. Milliseconds of work and a redelivery a day later would leave nothing to see on a
 * true axis: long pauses are cut short and say how long they were; everything else keeps its proportion.
 */
export function layOut(calls: readonly Call[]): Waterfall {
  const spans = busySpans(calls);
  const first = spans[0]?.start ?? 0;
  const last = spans.at(-1)?.end ?? 0;
  const busy = spans.reduce((sum, { start, end }) => sum + end - start, 0);
  const limit = Math.max(longPauseMs, busy);
  const gaps = spans.flatMap((span, index) => {
    const next = spans[index + 1];
    return next ? [{ start: span.end, ms: next.start - span.end }] : [];
  });
  const cut = gaps.filter(({ ms }) => ms > limit);
  const kept = last - first - cut.reduce((sum, { ms }) => sum + ms, 0);
  // At least a millisecond, so that a chain of one moment has a width to be divided by.
  const drawn = Math.max(kept, 1);
  const share = cut.length > 0 ? Math.min(pauseShare, 0.4 / cut.length) : 0;
  const scale = (1 - share * cut.length) * 100;

  const place = (ms: number): number => {
    const before = cut.filter(({ start, ms: length }) => start + length <= ms);
    const without = ms - first - before.reduce((sum, gap) => sum + gap.ms, 0);
    return (without / drawn) * scale + before.length * share * 100;
  };
  return {
    bars: calls.map((call) => {
      const left = place(call.offsetMs);
      return { call, left, width: Math.max(place(call.offsetMs + (call.durationMs ?? 0)) - left, 0) };
    }),
    pauses: cut.map(({ start, ms }) => ({ at: place(start) + share * 50, ms })),
    totalMs: last - first,
  };
}

/** When something happened, from the first to the last, without overlaps. */
function busySpans(calls: readonly Call[]): Span[] {
  const sorted = calls
    .map(({ offsetMs, durationMs }) => ({ start: offsetMs, end: offsetMs + (durationMs ?? 0) }))
    .sort((one, other) => one.start - other.start);
  const spans: Span[] = [];
  for (const { start, end } of sorted) {
    const last = spans.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else spans.push({ start, end });
  }
  return spans;
}
