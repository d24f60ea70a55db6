import { z } from 'zod';
import { pushIdSchema } from '../events/ids.ts';
import type { Cursor } from './filter.ts';

const cursorSchema = z.tuple([z.iso.datetime().transform((text) => new Date(text)), pushIdSchema]);

export function formatCursor({ receivedAt, pushId }: Cursor): string {
  return Buffer.from(JSON.stringify([receivedAt.toISOString(), pushId])).toString('base64url');
}

/** Null for anything that `formatCursor` did not give. */
export function parseCursor(text: string): Cursor | null {
  try {
    const [receivedAt, pushId] = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { receivedAt, pushId };
  } catch {
    return null;
  }
}
