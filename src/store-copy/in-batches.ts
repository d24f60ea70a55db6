import type { CopiedEvent } from './side.ts';

/** As many as the Postgres adapter writes best; see decision 3. */
const maxEvents = 128;
const maxBytes = 4 * 1024 * 1024;

/** Batches that are worth a write and small enough to be held in memory. */
export async function* inBatches(events: AsyncIterable<CopiedEvent>): AsyncGenerator<CopiedEvent[]> {
  let batch: CopiedEvent[] = [];
  let bytes = 0;
  for await (const event of events) {
    batch.push(event);
    bytes += sizeOf(event);
    if (batch.length < maxEvents && bytes < maxBytes) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** In bytes, nearly. */
export function sizeOf({ data, metadata, body }: CopiedEvent): number {
  return data.length + metadata.length + (body?.length ?? 0);
}
