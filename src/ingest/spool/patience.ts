import type { Clock } from '../../runtime/clock.ts';
import { CodedError } from '../../runtime/errors.ts';
import { inTime } from '../../runtime/within.ts';

/** @throws CodedError STORE_UNAVAILABLE when there is no answer within `ms` milliseconds; the event may be stored yet */
export function waitForStore<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  return inTime(clock, ms, work, () => new CodedError('STORE_UNAVAILABLE', `no answer within ${ms} ms`));
}

/** Whether the same delivery may be taken later. What is refused for good would be refused again. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof CodedError)) return false;
  const { code, context } = error;
  return code === 'SHUTTING_DOWN' || (code === 'STORE_UNAVAILABLE' && context.refused !== true);
}
