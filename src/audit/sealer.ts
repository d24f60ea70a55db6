import type { EventStore } from '../event-store/event-store.ts';
import { encodeEvent } from '../events/codec.ts';
import { type Position, startOfLog } from '../events/ids.ts';
import type { Clock } from '../runtime/clock.ts';
import { CodedError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { AuditKey } from './audit-key.ts';
import { createPendingSeal, maxEventsPerSeal, type PendingSeal } from './pending-seal.ts';
import { findLastSeal, readSeals, type Seal } from './seals.ts';

export interface SealerOptions {
  readonly store: EventStore;
  readonly key: AuditKey;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Seals the log until the signal aborts. It has no checkpoint: where the last seal ends is where it goes on.
 *
 * @throws CodedError when something keeps it from sealing; to be called again
 */
export async function runSealer(options: SealerOptions): Promise<void> {
  const { store, key, clock, signal } = options;
  let last = await findLastSeal(store);
  refuseForeignKey(options, last);
  let pending = createPendingSeal(key, last);
  for await (const page of store.subscribe({ after: await endOf(store, last), signal })) {
    for (const event of page.events) {
      pending.add(event, clock.now());
      if (pending.count >= maxEventsPerSeal) await seal();
    }
    if (page.caughtUp && pending.isDue(clock.now())) await seal();
  }

  async function seal(): Promise<void> {
    last = await appendSeal(options, pending);
    pending = createPendingSeal(key, last);
  }
}

/**
 * Appends the seal, and makes sure that it is this one that the log has: the store takes an event of the same id as
 * the same event, and of two leaders each could think that its own was stored.
 *
 * @throws CodedError CHECKPOINT_CONFLICT when it is another one: whoever wrote that leads
 */
async function appendSeal({ store, clock, logger }: SealerOptions, pending: PendingSeal): Promise<Seal> {
  const draft = pending.draft(clock.now());
  const { sequence, count } = draft.data;
  await store.append(encodeEvent(draft));
  const stored = (await readSeals(store, [sequence])).get(sequence);
  if (stored?.hmac !== draft.data.hmac) {
    throw new CodedError('CHECKPOINT_CONFLICT', `seal ${sequence} was written by another process`);
  }
  logger.debug({ seal: sequence, events: count }, 'the log was sealed');
  return stored;
}

/** The position of the last sealed event. */
async function endOf(store: EventStore, last: Seal | null): Promise<Position> {
  if (!last) return startOfLog;
  const [event] = await store.readStreams([last.last.stream]);
  if (event) return event.position;
  throw new CodedError(
    'EVENT_INVALID',
    `seal ${last.sequence} ends with stream ${last.last.stream}, which the log no longer has: ` +
      `run \`pushledger audit verify\``,
  );
}

/**
 * A key that was made on this machine must not go on with the seals of another one's. A configured key may: that is
 * how it is changed.
 *
 * @throws CodedError CONFIG_INVALID
 */
function refuseForeignKey({ key, logger }: SealerOptions, last: Seal | null): void {
  if (!last || last.key === key.fingerprint) return;
  const text = `the log was sealed with the audit key ${last.key} up to now, and ours is ${key.fingerprint}`;
  if (!key.configured) {
    throw new CodedError('CONFIG_INVALID', `${text}; set AUDIT_KEY to the same on every machine`);
  }
  logger.warn(text);
}
