import type { CheckedItem, CheckedPage, CheckedPush, EventReference } from './check-page.ts';

/** Lists of objects as one list a property. */
type Columns<Row> = { readonly [Key in keyof Row]: readonly Row[Key][] };

/**
 * A page on its way between threads. What is cloned by rows writes the name of each property again for each of them,
 * and took a tenth of an audit.
 */
export interface PackedPage {
  readonly events: Columns<EventReference>;
  readonly digests: CheckedPage['digests'];
  readonly items: Columns<Omit<CheckedItem, 'push'>>;
  /** Of the items that are readable pushes, by their place among the items. */
  readonly pushes: Columns<CheckedPush & { readonly item: number }>;
}

export function packPage({ events, digests, items }: CheckedPage): PackedPage {
  const pushes = items.flatMap(({ push }, item) => (push ? [{ ...push, item }] : []));
  return {
    events: toColumns(events, ['id', 'stream', 'position']),
    digests,
    items: toColumns(items, ['index', 'type', 'judgement', 'confirms']),
    pushes: toColumns(pushes, [
      'item',
      'pushId',
      'instance',
      'repositoryId',
      'repository',
      'ref',
      'refKind',
      'before',
      'after',
      'isLate',
    ]),
  };
}

export function unpackPage({ events, digests, items, pushes }: PackedPage): CheckedPage {
  const pushOf = new Map(toRows(pushes).map(({ item, ...push }) => [item, push]));
  return {
    events: toRows(events),
    digests,
    items: toRows(items).map((item, place) => ({ ...item, push: pushOf.get(place) ?? null })),
  };
}

function toColumns<Row, Key extends keyof Row>(
  rows: readonly Row[],
  keys: readonly Key[],
): Columns<Pick<Row, Key>> {
  // Object.fromEntries forgets which key has which values.
  const columns: object = Object.fromEntries(keys.map((key) => [key, rows.map((row) => row[key])]));
  return columns as Columns<Pick<Row, Key>>;
}

function toRows<Row extends object>(columns: Columns<Row>): Row[] {
  const keys = Object.keys(columns) as (keyof Row)[];
  const count = keys[0] === undefined ? 0 : columns[keys[0]].length;
  // Each key was given, as a column of the same length.
  return Array.from(
    { length: count },
    (_, place) => Object.fromEntries(keys.map((key) => [key, columns[key][place]])) as Row,
  );
}
