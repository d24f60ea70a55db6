import type { CopiedEvent } from './side.ts';

const fields = ['stream', 'id', 'type', 'data', 'metadata'] as const;

/** What of two events is not the same, or null. */
export function differenceOf(a: CopiedEvent, b: CopiedEvent): string | null {
  const found: string[] = fields.filter((field) => a[field] !== b[field]);
  if (!isSameBody(a.body, b.body)) found.push('body');
  return found.length === 0 ? null : found.join(', ');
}

function isSameBody(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}
