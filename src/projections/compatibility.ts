import type { ClientBase } from 'pg';
import { CodedError } from '../runtime/errors.ts';
import type { ColumnType, Table } from './table.ts';

/** Types of a column that take our values, besides the very same one. */
const alsoTakes: Readonly<Record<ColumnType, readonly string[]>> = {
  text: ['character varying'],
  uuid: [],
  bigint: ['numeric'],
  integer: ['bigint', 'numeric', 'double precision'],
  'timestamp with time zone': [],
  jsonb: ['json'],
  'double precision': ['numeric'],
  boolean: [],
  'text[]': [],
};

/**
 * Tables that another program made first must have every column that we write, with a type that takes our values,
 * and no other column that we would have to fill.
 *
 * @throws CodedError SCHEMA_INCOMPATIBLE naming each difference
 */
export async function refuseIncompatibleTables(client: ClientBase, tables: readonly Table[]): Promise<void> {
  const differences: string[] = [];
  for (const expected of tables) differences.push(...(await differencesOf(client, expected)));
  if (differences.length === 0) return;
  throw new CodedError(
    'SCHEMA_INCOMPATIBLE',
    `\n${differences.map((difference) => `  - ${difference}`).join('\n')}\nAlter them, or use another database.`,
  );
}

async function differencesOf(client: ClientBase, expected: Table): Promise<string[]> {
  const name = `${expected.schema}.${expected.name}`;
  const { rows } = await client.query<HeldColumn>(
    `select column_name, data_type, is_generated = 'ALWAYS' or identity_generation is not distinct from 'ALWAYS' as generated,
            coalesce(character_maximum_length, case data_type when 'numeric' then numeric_precision end)
              as holds_at_most,
            datetime_precision,
            is_nullable = 'NO' and column_default is null and is_identity = 'NO' and is_generated = 'NEVER'
              as must_be_given
     from information_schema.columns
     where table_schema = $1 and table_name = $2`,
    [expected.schema, expected.name],
  );
  // A table that does not exist yet is made by the migrations.
  if (rows.length === 0) return [];
  const held = new Map(rows.map((row) => [row.column_name, row]));
  const differences: string[] = [];
  const needed: [string, ColumnType][] = Object.entries(expected.columns);
  if (expected.shared) needed.push(['recorded_by', 'text']);
  for (const [column, type] of needed) {
    const found = held.get(column);
    if (!found) differences.push(`${name}.${column} is missing (${type})`);
    else if (found.data_type !== type && !alsoTakes[type].includes(found.data_type)) {
      differences.push(`${name}.${column} is ${found.data_type}, which does not take ${type}`);
    } else differences.push(...limitsOf(found).map((limit) => `${name}.${column} ${limit}`));
  }
  for (const row of rows) {
    if (row.must_be_given && !needed.some(([column]) => column === row.column_name)) {
      differences.push(`${name}.${row.column_name} is not ours, and neither nullable nor with a default`);
    }
  }
  if (!(await isUnique(client, expected)))
    differences.push(`${name}.${expected.key[0]} is not unique by itself`);
  return differences;
}

interface HeldColumn {
  readonly column_name: string;
  readonly data_type: string;
  readonly generated: boolean;
  /** Characters of a text, or digits of a number; null where there is no limit. */
  readonly holds_at_most: number | null;
  /** Digits of a second that a time keeps. */
  readonly datetime_precision: number | null;
  readonly must_be_given: boolean;
}

/** What a column of a fitting type has that refuses or changes some of our values all the same. */
function limitsOf(column: HeldColumn): string[] {
  const limits: string[] = [];
  if (column.generated) limits.push('is generated, and takes no value');
  if (column.holds_at_most !== null) {
    const what = column.data_type === 'numeric' ? 'digits' : 'characters';
    limits.push(`is limited to ${column.holds_at_most} ${what}`);
  }
  if ((column.datetime_precision ?? millisecondDigits) < millisecondDigits)
    limits.push(
      `keeps ${column.datetime_precision} digits of a second, and our times have ${millisecondDigits}`,
    );
  return limits;
}

const millisecondDigits = 3;

async function isUnique(client: ClientBase, { schema, name, key }: Table): Promise<boolean> {
  const { rows } = await client.query(
    `select 1
     from pg_index i
     join pg_class c on c.oid = i.indrelid
     join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
     where n.nspname = $1 and c.relname = $2 and a.attname = $3
       and i.indisunique and i.indnkeyatts = 1 and i.indpred is null`,
    [schema, name, key[0]],
  );
  return rows.length > 0;
}
