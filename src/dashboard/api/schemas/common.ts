/**
 * What the answers of the HTTP API are made of. Nothing but zod is imported in this folder, so that the page checks what
 * it gets with the very schemas that the service validates by and that the OpenAPI document is made of.
 *
 * Conventions of all answers: times are ISO 8601 in UTC; durations are milliseconds; positions of the log are decimal
 * text, as they outgrow a JavaScript number; what is not known is null and never left out; a list goes on with
 * `?cursor=` and the `nextCursor` of the page before, which is null on the last one.
 *
 * Conventions of all addresses: those of the page itself are relative (`api/pushes`), so that they work below a path.
 * An error has the body of `errorSchema`: 400 `PARAMETER_INVALID` (`field` names the parameter), 401 `SIGN_IN_REQUIRED`,
 * 403 `ACCESS_CLOSED` or `CROSS_SITE`, 404 `NOT_FOUND`, 409, 429 `TOO_MANY_ATTEMPTS`, 503 `READ_FAILED`.
 */
import { z } from 'zod';

export const uuid = z.uuid().toLowerCase();
export const timestamp = z.iso.datetime({ offset: true });
export const count = z.int().nonnegative();
/** A position of the log. */
export const position = z.string().regex(/^\d{1,20}$/);
/** `2026-02-03` */
export const day = z.iso.date();

export const cursorParameter = z
  .string()
  .max(400)
  .meta({ description: 'Where the last page ended: its nextCursor' });
export const nextCursor = z.string().nullable();

export function limitParameter(usual: number, most: number) {
  return z.coerce
    .number()
    .int()
    .min(1)
    .max(most)
    .default(usual)
    .meta({ description: `At most so many, 1 to ${most}` });
}

/** A day means its first moment, in UTC. */
export const timeParameter = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'a time such as 2026-02-03T04:05:06Z or 2026-02-03 is expected',
  })
  .meta({ description: 'A time (2026-02-03T04:05:06Z), or a day (2026-02-03) for its first moment in UTC' });

/** The zone that days are cut in. */
export const zoneParameter = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_+/-]*$/, 'a time zone such as Europe/Madrid is expected')
  .default('UTC')
  .meta({ description: 'The time zone that days are cut in, such as Europe/Madrid' });

/** Text that PostgreSQL takes: it knows no U+0000. */
export const textParameter = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !text.includes('\0') && text.isWellFormed(), 'not a valid text');

export const errorSchema = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      /** The parameter or the field of the body that was wrong. */
      field: z.string().optional(),
    }),
  })
  .meta({ id: 'Error' });
export type ApiError = z.infer<typeof errorSchema>;
