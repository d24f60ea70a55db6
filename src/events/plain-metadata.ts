import type { EventMetadata } from './event.ts';
import { hasKeys, isText, isTimestamp } from './plain-push.ts';

/**
 * Whether the metadata is what its schema would give back just as it is: a sixth of the schema's time, and every event
 * has it. Whatever this is not sure of is left to the schema, which also names what is wrong.
 */
export function isPlainMetadata(value: unknown): value is EventMetadata {
  if (!hasKeys(value, 4) && !(hasKeys(value, 5) && isTimings(value.timings))) return false;
  return (
    isText(value.$correlationId) &&
    isText(value.$causationId) &&
    Number.isSafeInteger(value.schemaVersion) &&
    Number(value.schemaVersion) > 0 &&
    isTimestamp(value.recordedAt)
  );
}

function isTimings(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const step in value) {
    const ms: unknown = Reflect.get(value, step);
    // Names that an object has of itself are the schema's to judge.
    if (step in Object.prototype || typeof ms !== 'number' || !(ms >= 0 && ms < Number.POSITIVE_INFINITY))
      return false;
  }
  return true;
}
