import type { ClientBase } from 'pg';
import type { DomainEvent } from '../events/event.ts';
import type { Place, Row, Table } from './table.ts';

/** Rows to be put, by table: each takes the place of the one with its key. Of two with one key the later counts. */
export type Changes = ReadonlyMap<Table, readonly Row[]>;

/** The functions that make rows of events. Pure, but for the state, which `fold` moves on. */
export interface Projection<State = unknown> {
  readonly name: string;
  /** Raised when the same events would give other rows: the projection is then rebuilt. */
  readonly version: number;
  /** Those that others refer to come first. */
  readonly tables: readonly Table[];
  /** Changes of rows that were appended to these tables before, as `amendmentOf` describes them. */
  readonly amendments?: readonly Table[];

  /** A state that knows nothing: enough to see whether an event can be folded at all. */
  empty(): State;

  /** As much of the state as these events need, from tables that were written up to them. */
  load(client: ClientBase, at: Place, events: readonly DomainEvent[]): Promise<State>;

  /** The whole state, from tables that were written up to some event, or are empty yet. */
  loadAll(client: ClientBase, at: Place): Promise<State>;

  /** What follows from these events, which come in log order. However the log is cut, the rows are the same. */
  fold(state: State, events: readonly DomainEvent[]): Changes;
}
