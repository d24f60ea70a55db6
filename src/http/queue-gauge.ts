export interface QueueLimits {
  /** Whoever waits longer than that waits long, in milliseconds. */
  readonly waitMs: number;
  /** And so many have to be before him: one pause of the process is no queue. */
  readonly others: number;
  /** Between two probes, in milliseconds. */
  readonly intervalMs: number;
  /** After that another probe is sent: the kernel may have dropped this one, and tries again ever more seldom. */
  readonly patienceMs: number;
}

export const defaultQueueLimits: QueueLimits = {
  waitMs: 500,
  others: 100,
  intervalMs: 100,
  patienceMs: 2_000,
};

/** What the way of probes through a queue tells of it. Times are milliseconds of any one clock that never goes back. */
export interface QueueGauge {
  isProbeDue(nowMs: number): boolean;
  /** A probe joined the queue; one that is still in it no longer counts. */
  sent(nowMs: number): void;
  /** Another one has come out of the queue. */
  passed(): void;
  /** The probe has come out of it. */
  arrived(nowMs: number): void;
  isLong(nowMs: number): boolean;
}

export function createQueueGauge(limits = defaultQueueLimits): QueueGauge {
  let sentAt = Number.NEGATIVE_INFINITY;
  let isUnderWay = false;
  let passed = 0;
  /** What the last probe found; until the next one knows better. */
  let wasLong = false;

  // A probe that is still under way tells as well: nobody has to wait until it has come through.
  const waitsLong = (nowMs: number) =>
    isUnderWay && passed >= limits.others && nowMs - sentAt >= limits.waitMs;

  return {
    isProbeDue: (nowMs) => nowMs - sentAt >= (isUnderWay ? limits.patienceMs : limits.intervalMs),
    sent(nowMs) {
      if (isUnderWay) wasLong = waitsLong(nowMs);
      isUnderWay = true;
      sentAt = nowMs;
      passed = 0;
    },
    passed() {
      passed++;
    },
    arrived(nowMs) {
      wasLong = waitsLong(nowMs);
      isUnderWay = false;
    },
    isLong: (nowMs) => wasLong || waitsLong(nowMs),
  };
}
