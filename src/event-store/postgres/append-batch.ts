import pg, { type ClientBase } from 'pg';
import type { EncodedEvent } from '../../events/codec.ts';
import type { Position } from '../../events/ids.ts';
import { byteaArray, textArray, uuidArray } from '../../postgres/binary-array.ts';
import type { AppendOutcome } from '../event-store.ts';
import * as statements from './statements.ts';

/** Appends events in their order with one statement, and says of each what became of it. */
export async function appendBatch(
  client: ClientBase,
  events: readonly EncodedEvent[],
): Promise<AppendOutcome[]> {
  const { rows } = await client.query<{ place: string; outcome: string; at_position: string | null }>({
    name: 'append-batch',
    text: statements.appendBatch,
    values: [
      uuidArray(events.map((event) => event.id)),
      textArray(events.map((event) => event.stream)),
      textArray(events.map((event) => event.type)),
      textArray(events.map((event) => event.data)),
      textArray(events.map((event) => event.metadata)),
      textArray(events.map((event) => event.correlationId)),
      byteaArray(events.map((event) => event.body)),
    ],
  });
  const outcomes: AppendOutcome[] = [];
  for (const row of rows) outcomes[Number(row.place) - 1] = outcomeOf(row);
  return outcomes;
}

function outcomeOf(row: { outcome: string; at_position: string | null }): AppendOutcome {
  if (row.outcome === 'stored' && row.at_position !== null) {
    return { outcome: 'stored', position: BigInt(row.at_position) as Position };
  }
  return { outcome: row.outcome === 'stream-taken' ? 'stream-taken' : 'id-taken' };
}

/** SQLSTATE classes 22 (data) and 54 (limits): the same bytes would be refused again. */
export function isRefusalOfData(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(22|54)/.test(error.code ?? '');
}
