import pg from 'pg';
import { CodedError } from '../../runtime/errors.ts';

/**
 * Answers something that cuts days in a zone.
 *
 * @throws CodedError PARAMETER_INVALID where Node or PostgreSQL knows no such zone
 */
export async function inZone<T>(zone: string, answer: () => Promise<T>): Promise<T> {
  try {
    return await answer();
  } catch (cause) {
    const unknown =
      (cause instanceof pg.DatabaseError && cause.code === '22023') ||
      (cause instanceof RangeError && /time zone/i.test(cause.message));
    if (!unknown) throw cause;
    throw new CodedError('PARAMETER_INVALID', `zone: ${zone} is no time zone that is known here`, {
      field: 'zone',
      cause,
    });
  }
}
