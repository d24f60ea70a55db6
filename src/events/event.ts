import { z } from 'zod';
import type { DataOf, EventType } from './catalogue.ts';
import type { EventId, Position } from './ids.ts';

/** Metadata of every event. The two keys with `$` are KurrentDB's conventional ones. */
export const metadataSchema = z.object({
  /** The push that all of a chain's events belong to; other events name themselves. */
  $correlationId: z.string(),
  /** The event or delivery that led to this one. */
  $causationId: z.string(),
  schemaVersion: z.number().int().positive(),
  /** By the writer's clock, just before the append. */
  recordedAt: z.iso.datetime({ offset: true }),
  /** Milliseconds that the steps before the append took, by name; the call chain is made from them. */
  timings: z.record(z.string(), z.number().nonnegative()).optional(),
});
export type EventMetadata = z.infer<typeof metadataSchema>;

/** An event to be written, as its writer states it. */
export type EventDraft<T extends EventType = EventType> = {
  [K in T]: {
    readonly type: K;
    readonly stream: string;
    readonly id: EventId;
    readonly data: DataOf<K>;
    readonly correlationId: string;
    readonly causationId: string;
    readonly recordedAt: Date;
    readonly timings?: Readonly<Record<string, number>>;
    /** The signed bytes, compressed. */
    readonly body?: Uint8Array;
  };
}[T];

/** An event of a type that we know, read from the log, validated and of the newest version. */
export type DomainEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly type: K;
    readonly stream: string;
    readonly id: EventId;
    readonly position: Position;
    readonly data: DataOf<K>;
    readonly metadata: EventMetadata;
  };
}[T];
