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
   * many as there are repositories, so that a rebuild may hold all of them.
   */
  readonly growth: 'appended' | 'replaced';
  /** SQL over the row `live`: while it holds, the row stays, as something of another program hangs on it. */
  readonly keptWhile?: string;
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
