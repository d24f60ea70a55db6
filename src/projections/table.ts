/** The types that our columns have, by the name that Postgres gives them. */
export type ColumnType =
  | 'text'
  | 'text[]'
  | 'uuid'
  | 'bigint'
  | 'integer'
  | 'boolean'
  | 'double precision'
  | 'timestamp with time zone'
  | 'jsonb';

/** A table that a projection writes, and the columns of it that are ours. */
export interface Table {
  readonly schema: string;
  readonly name: string;
  /** The columns that a row is known by; unique together. */
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Shared with other programs: only rows with `recorded_by = 'pushledger'` are ours. */
  readonly shared: boolean;
  /**
   * `appended`: the log writes each row once. `replaced`: rows are written again and again, and there are only as
   * many as there are repositories, so that a rebuild may hold all of them. `amended`: see `amendmentOf`.
   */
  readonly growth: 'appended' | 'replaced' | 'amended';
  /** Of an amendment: whether its rows have all columns. */
  readonly whole?: boolean;
  /** SQL over the row `live`: while it holds, the row stays, as something of another program hangs on it. */
  readonly keptWhile?: string;
}

/**
 * Some columns of a table whose rows are else appended, for rows that a later event changes. A row that is not there is
 * left out, as the rest of it is not known; with all columns, which is what is given by default, it is added.
 */
export function amendmentOf(table: Table, columns?: readonly string[]): Table {
  if (columns === undefined) return { ...table, growth: 'amended', whole: true };
  const kept = [...table.key, ...columns].map((column) => [column, typeOf(table, column)] as const);
  return { ...table, columns: Object.fromEntries(kept), growth: 'amended', whole: false };
}

/** @throws Error for a column that the table does not have: a mistake in this code */
function typeOf(table: Table, column: string): ColumnType {
  const type = table.columns[column];
  if (type === undefined) throw new Error(`${table.name} has no column ${column}`);
  return type;
}

export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** A row by its columns. Times are ISO 8601 in UTC; bigints are given as numbers within the safe range or as text. */
export type Row = Readonly<Record<string, Value>>;

/** Where tables are: the live ones, or a copy of them in a schema of its own. */
export type Place = (table: Table) => string;

export const livePlace: Place = (table) => `${table.schema}.${table.name}`;

/** Copies of all tables side by side in one schema; their names differ. */
export function placeIn(schema: string): Place {
  return (table) => `${schema}.${table.name}`;
}

/** The value of `recorded_by` in rows of ours. */
export const recordedBy = 'pushledger';
