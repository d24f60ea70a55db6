import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byteaArray, textArray, uuidArray } from '../../src/postgres/binary-array.ts';
import { createDatabase, type TestDatabase, testPool } from '../support/database.ts';

describe('an array in binary', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = testPool(database.url);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** As the server has understood it. */
  async function understood(type: 'text' | 'uuid' | 'bytea', array: Buffer): Promise<unknown[]> {
    const { rows } = await pool.query<{ value: unknown }>(
      `select value from unnest($1::${type}[]) with ordinality as given (value, place) order by place`,
      [array],
    );
    return rows.map(({ value }) => value);
  }

  it('holds any texts that Postgres can hold, as they are and in their order', async () => {
    const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 20 }), async (values) => {
        expect(await understood('text', textArray(values))).toEqual(values);
      }),
      { numRuns: 50 },
    );
  });

  it('holds any bytes, and nulls between them', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(bytes), { maxLength: 20 }), async (values) => {
        expect(await understood('bytea', byteaArray(values))).toEqual(values);
      }),
      { numRuns: 50 },
    );
  });

  it('holds UUIDs', async () => {
    const ids = Array.from({ length: 5 }, () => randomUUID());
    expect(await understood('uuid', uuidArray(ids))).toEqual(ids);
    expect(await understood('uuid', uuidArray([]))).toEqual([]);
  });

  it.each([
    ['a text that is no UUID', 'uuid', uuidArray([randomUUID(), 'no uuid'])],
    ['a text with a zero byte', 'text', textArray(['a\0b'])],
  ] as const)('is refused for %s as data that does not fit', async (_what, type, array) => {
    await expect(understood(type, array)).rejects.toMatchObject({ code: expect.stringMatching(/^22/) });
  });
});
