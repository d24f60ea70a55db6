import type { InOrderOutcome, MovableEventStore } from '../event-store/event-store.ts';
import type { EncodedEvent } from '../events/codec.ts';
import { type Position, startOfLog } from '../events/ids.ts';
import type { Clock } from '../runtime/clock.ts';
import { CodedError, messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { retry } from '../runtime/retry.ts';
import type { Batch, CopiedEvent, TargetSide } from './side.ts';

const pageEvents = 500;
/** A store that restarts is waited for, for about half a minute. */
const patience = { maxAttempts: 10, policy: { firstMs: 250, maxMs: 5_000 } };

export interface StoreSideOptions {
  readonly name: string;
  readonly store: MovableEventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly close: () => Promise<void>;
}

export function createStoreSide({ name, store, clock, logger, close }: StoreSideOptions): TargetSide {
  const patiently = <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> =>
    retry(call, {
      ...patience,
      clock,
      signal,
      isRetryable: (error) =>
        error instanceof CodedError && error.code === 'STORE_UNAVAILABLE' && error.context.refused !== true,
      onFailure: (error, attempt, pauseMs) =>
        logger.warn({ store: name, reason: messageOf(error), attempt, pauseMs }, 'trying again'),
    });

  return {
    name,
    async *read(signal): AsyncGenerator<Batch> {
      const head = await patiently(signal, () => store.head());
      let after = startOfLog;
      for (;;) {
        const events = await patiently(signal, () => store.readWhole(after, pageEvents));
        const last = events.at(-1);
        if (!last) return;
        after = last.position;
        yield { events, part: partOf(after, head) };
      }
    },
    async append(events, signal) {
      const encoded = events.map(encodedOf);
      const outcome = await patiently(signal, () => store.appendInOrder(encoded));
      if (outcome.outcome !== 'stored') throw new CodedError('COPY_REFUSED', describe(name, outcome));
    },
    flush: async () => undefined,
    complete: async () => undefined,
    close,
  };
}

/** Positions grow by events or by bytes, so this is a fair guess in every store. */
function partOf(position: Position, head: Position): number {
  return head === startOfLog ? 1 : Math.min(1, Number(position) / Number(head));
}

function describe(name: string, outcome: Exclude<InOrderOutcome, { outcome: 'stored' }>): string {
  return outcome.outcome === 'stream-taken'
    ? `another event has come into stream ${outcome.stream} of ${name}; does a \`serve\` run on it?`
    : `the event of stream ${outcome.stream} is in another stream of ${name}`;
}

function encodedOf(event: CopiedEvent): EncodedEvent {
  return { ...event, correlationId: correlationIdOf(event) };
}

/** As the writer gave it. Stores need it only to look events up, so one that has none of ours gets its own id. */
function correlationIdOf({ id, metadata }: CopiedEvent): string {
  try {
    const parsed: unknown = JSON.parse(metadata);
    const isOurs = typeof parsed === 'object' && parsed !== null && '$correlationId' in parsed;
    return isOurs ? String(parsed.$correlationId) : id;
  } catch {
    return id;
  }
}
