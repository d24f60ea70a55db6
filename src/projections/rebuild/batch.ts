import type { Changes } from '../projection.ts';
import { keyOf } from '../put-rows.ts';
import type { Row, Table } from '../table.ts';
import { BinaryRows } from './binary-rows.ts';

/** Rows that wait to be written together. Of those that are replaced, the last of each key. */
export class Batch {
  readonly #copied = new Map<Table, BinaryRows>();
  readonly #replaced = new Map<Table, Map<string, Row>>();

  add(changes: Changes): void {
    for (const [table, rows] of changes) {
      if (table.growth === 'replaced')
        for (const row of rows) this.#replacedIn(table).set(keyOf(table, row), row);
      else this.#copiedTo(table).add(rows);
    }
  }

  /** Rows that are appended, and those that amend others. */
  get copied(): ReadonlyMap<Table, BinaryRows> {
    return this.#copied;
  }

  get replaced(): Changes {
    return new Map([...this.#replaced].map(([table, rows]) => [table, [...rows.values()]]));
  }

  /** Ready for the next rows; the memory is kept. */
  clear(): void {
    for (const rows of this.#copied.values()) rows.clear();
    this.#replaced.clear();
  }

  #copiedTo(table: Table): BinaryRows {
    const held = this.#copied.get(table) ?? new BinaryRows(table);
    this.#copied.set(table, held);
    return held;
  }

  #replacedIn(table: Table): Map<string, Row> {
    const held = this.#replaced.get(table) ?? new Map<string, Row>();
    this.#replaced.set(table, held);
    return held;
  }
}
