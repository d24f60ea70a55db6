import { randomUUID } from 'node:crypto';
import { encodeEvent } from '../../../src/events/codec.ts';
import { type EventId, streamOf } from '../../../src/events/ids.ts';
import type { Batch, CopiedEvent, LogSummary, TargetSide } from '../../../src/store-copy/side.ts';
import { encodedEvents } from '../../support/event-drafts.ts';

export interface MemorySide extends TargetSide {
  readonly log: CopiedEvent[];
  /** What `complete` was called with. */
  readonly completed: LogSummary[];
}

export function memorySide(name: string, events: readonly CopiedEvent[] = []): MemorySide {
  const log = [...events];
  const completed: LogSummary[] = [];
  return {
    name,
    log,
    completed,
    async *read(signal): AsyncGenerator<Batch> {
      for (let from = 0; from < log.length; from += 7) {
        signal.throwIfAborted();
        yield { events: log.slice(from, from + 7), part: Math.min(1, (from + 7) / log.length) };
      }
    },
    async append(added) {
      log.push(...added);
    },
    flush: async () => undefined,
    async complete(summary) {
      completed.push(summary);
    },
    close: async () => undefined,
  };
}

/** A ledger's first event, and so many after it; every third one has a body. */
export function ledgerOf(count: number, instance = 'gitea.test'): CopiedEvent[] {
  const id = randomUUID() as EventId;
  const createdAt = new Date('2026-02-03T04:05:06Z');
  const first = encodeEvent({
    type: 'LedgerCreated',
    stream: streamOf.ledger(),
    id,
    data: { createdAt: createdAt.toISOString(), instance },
    correlationId: id,
    causationId: id,
    recordedAt: createdAt,
  });
  const rest = encodedEvents(count, 'é🚀\u0000').map((event, index) =>
    index % 3 === 0 ? { ...event, body: new Uint8Array([index, 0, 255]) } : event,
  );
  return [first, ...rest].map(({ correlationId: _, ...event }) => event);
}
