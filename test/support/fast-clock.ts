import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../src/runtime/clock.ts';

/** A clock that runs so many times as fast as ours, from a given time. What takes a minute by it is soon over. */
export function fastClock(speed: number, start = new Date('2026-03-01T12:00:00Z')): Clock {
  const began = performance.now();
  return {
    now: () => new Date(start.getTime() + (performance.now() - began) * speed),
    sleep: (ms, signal) => delay(ms / speed, undefined, signal ? { signal } : {}),
  };
}
