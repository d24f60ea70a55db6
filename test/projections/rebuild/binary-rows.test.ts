import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { putChanges } from '../../../src/projections/put-rows.ts';
import { BinaryRows } from '../../../src/projections/rebuild/binary-rows.ts';
import { copyRows } from '../../../src/projections/rebuild/copy-rows.ts';
import type { Row, Table } from '../../../src/projections/table.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

const table: Table = {
  schema: 'public',
  name: 'all_types',
  key: ['id'],
  columns: {
    id: 'uuid',
    words: 'text',
    list: 'text[]',
    large: 'bigint',
    small: 'integer',
    truth: 'boolean',
    real: 'double precision',
    time: 'timestamp with time zone',
    tree: 'jsonb',
  },
  shared: false,
  growth: 'appended',
};

const id = '8F0B5C1e-6a43-4c0d-9d0e-2b7f6c1a9e54';
const odd: Readonly<Record<string, readonly NonNullable<Row[string]>[]>> = {
  words: ['', 'plain', '\\N', 'tab\tline\nreturn\r', 'ä€😀', 'long '.repeat(100), 'ü'.repeat(500)],
  list: [[], [''], ['a', 'NULL', '"', '\\', '{x,y}', 'ä']],
  large: [0, -1, 2 ** 53 - 1, '9223372036854775807', '-9223372036854775808'],
  small: [0, -1, 2 ** 31 - 1, -(2 ** 31)],
  truth: [true, false],
  real: [0, -0, 0.1, 1e300, -1.5],
  time: [
    '2026-01-02T03:04:05.006Z',
    '2026-01-02T03:04:05Z',
    '2026-01-02T03:04Z',
    '2026-01-02T03:04:05.123456789+02:00',
    '2026-01-02T23:59:59.9999999-11:30',
    '2026-01-02T03:04:05.0000005Z',
    '1969-12-31T23:59:59.9999995Z',
    '1999-12-31T23:59:59.999Z',
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
  ],
  tree: [{}, [], { b: [1, null, 'x\n"'], a: { c: -0.5e-7 } }, 'text', 1.0],
};
const refused: readonly Row[] = [
  { id: 'not a uuid' },
  { id, small: 1.5 },
  { id, small: 2 ** 31 },
  { id, large: '9223372036854775808' },
  { id, time: '2026-02-30' },
  { id, time: '0000-01-01T00:00:00.000Z' },
  { id, time: '2026-01-02T03:04:05+16:00' },
  { id, words: '\0' },
  { id, tree: { a: '\0' } },
];

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  const columns = Object.entries(table.columns).map(([column, type]) => `${column} ${type}`);
  await client.query(`create table put (${columns.join(', ')}, unique (id))`);
  await client.query(`create table copied (${columns.join(', ')})`);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function copy(rows: readonly Row[]): Promise<void> {
  const binary = new BinaryRows(table);
  binary.add(rows);
  await copyRows(client, table, 'copied', binary);
}

it('copies each value as the live projection puts it', async () => {
  const rows = Object.entries(odd).flatMap(([column, values]) =>
    values.map((value): Row => ({ id: crypto.randomUUID(), [column]: value })),
  );
  await putChanges(client, () => 'put', new Map([[table, rows]]));
  await copy(rows);
  const textOf = async (name: string) =>
    (await client.query<{ row: string }>(`select t::text as row from ${name} t order by id`)).rows;
  expect(await textOf('copied')).toEqual(await textOf('put'));
});

it.each(refused)('refuses, as data, what cannot be put: %j', async (row) => {
  await expect(putChanges(client, () => 'put', new Map([[table, [row]]]))).rejects.toThrow();
  await expect(copy([row])).rejects.toMatchObject({ code: expect.stringMatching(/^22/) });
});
