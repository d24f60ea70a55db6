import { randomUUID } from 'node:crypto';
import type { EventStore } from '../event-store/event-store.ts';
import { encodeEvent } from '../events/codec.ts';
import { type EventId, type LedgerId, streamOf } from '../events/ids.ts';
import { CodedError } from '../runtime/errors.ts';

/**
 * The id of the log: that of its `LedgerCreated` event, which the first start writes. Of several processes that
 * start on an empty log one wins, and all get its id.
 */
export async function openLedger(store: EventStore, now: Date): Promise<LedgerId> {
  const stream = streamOf.ledger();
  const known = await readLedgerId(store);
  if (known) return known;
  const id = randomUUID() as EventId;
  await store.append(
    encodeEvent({
      type: 'LedgerCreated',
      stream,
      id,
      data: { createdAt: now.toISOString() },
      correlationId: id,
      causationId: id,
      recordedAt: now,
    }),
  );
  const created = await readLedgerId(store);
  if (!created) throw new CodedError('STORE_UNAVAILABLE', `stream ${stream} is empty after it was written`);
  return created;
}

async function readLedgerId(store: EventStore): Promise<LedgerId | null> {
  const [event] = await store.readStreams([streamOf.ledger()]);
  return event ? (event.id as string as LedgerId) : null;
}
