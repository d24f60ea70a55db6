import type { StoredEvent } from '../events/codec.ts';

/** When an event was recorded; null where its metadata was made unreadable. */
export function recordedAtOf({ metadata }: Pick<StoredEvent, 'metadata'>): string | null {
  const recordedAt = /"recordedAt":"([^"]{1,40})"/.exec(metadata)?.[1] ?? '';
  return Number.isNaN(Date.parse(recordedAt)) ? null : recordedAt;
}
