import { randomUUID } from 'node:crypto';
import type { EventStore } from '../event-store/event-store.ts';
import { decodeEvent, encodeEvent } from '../events/codec.ts';
import { type EventId, type LedgerId, streamOf } from '../events/ids.ts';
import { CodedError } from '../runtime/errors.ts';

/** What the first start wrote into the log, for all that come after it. */
export interface LedgerFacts {
  /** Names the log: the id of its `LedgerCreated`. */
  readonly ledgerId: LedgerId;
  /**
   * The name of the Gitea server at the first start. It is part of every push id, so a setting from which its
   * default is made (GITEA_URL) may change later without giving every known push another id.
   */
  readonly instance: string;
}

/**
 * Reads the log's `LedgerCreated`, or writes it: of several processes that start on an empty log one wins, and all
 * get what it wrote.
 *
 * @param instance the name of the Gitea server, where this is the first start
 */
export async function openLedger(store: EventStore, now: Date, instance: string): Promise<LedgerFacts> {
  const known = await readLedger(store);
  if (known) return known;
  const stream = streamOf.ledger();
  const id = randomUUID() as EventId;
  await store.append(
    encodeEvent({
      type: 'LedgerCreated',
      stream,
      id,
      data: { createdAt: now.toISOString(), instance },
      correlationId: id,
      causationId: id,
      recordedAt: now,
    }),
  );
  const created = await readLedger(store);
  if (!created) throw new CodedError('STORE_UNAVAILABLE', `stream ${stream} is empty after it was written`);
  return created;
}

async function readLedger(store: EventStore): Promise<LedgerFacts | null> {
  const [stored] = await store.readStreams([streamOf.ledger()]);
  const event = stored && decodeEvent(stored);
  if (event?.type !== 'LedgerCreated') return null;
  return { ledgerId: event.id as string as LedgerId, instance: event.data.instance };
}
