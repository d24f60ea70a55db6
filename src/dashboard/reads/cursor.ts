import { z } from 'zod';
import { CodedError } from '../../runtime/errors.ts';

/** Where a list goes on: the columns that it is ordered by, of its last row. */
export function formatKey(key: readonly (string | Date)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** A time and the id that decides among those of the same time. */
export const timeAndText = z.tuple([
  z.iso.datetime().transform((text) => new Date(text)),
  z
    .string()
    .max(2_000)
    .refine((text) => !text.includes('\0')),
]);
export const timeAndUuid = z.tuple([z.iso.datetime().transform((text) => new Date(text)), z.uuid()]);
/** A position of the log. */
export const onlyPosition = z.tuple([z.string().regex(/^\d{1,18}$/)]);

/** @throws CodedError PARAMETER_INVALID for anything that the same list did not give */
export function parseKey<T>(schema: z.ZodType<T>, text: string | undefined): T | null {
  if (text === undefined) return null;
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch (cause) {
    throw wrongCursor(cause);
  }
}

export function wrongCursor(cause?: unknown): CodedError {
  return new CodedError('PARAMETER_INVALID', 'cursor: expected as the last page gave it', {
    field: 'cursor',
    cause,
  });
}

/** A page of a list that was asked for with one row more than its limit. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly (string | Date)[],
): { readonly rows: readonly Row[]; readonly nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: last && rows.length > limit ? formatKey(keyOf(last)) : null };
}
