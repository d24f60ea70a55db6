import { z } from 'zod';
import { CodedError } from '../runtime/errors.ts';
import { catalogue, type EventType, isEventType } from './catalogue.ts';
import { type DomainEvent, type EventDraft, type EventMetadata, metadataSchema } from './event.ts';
import type { EventId, Position } from './ids.ts';
import { isPlainMetadata } from './plain-metadata.ts';
import { isPlainPush } from './plain-push.ts';
import { upcast } from './upcast.ts';

/** An event as a store takes it: data and metadata are JSON text, stored byte for byte. */
export interface EncodedEvent {
  readonly type: string;
  readonly stream: string;
  readonly id: EventId;
  /** Also in the metadata; stores keep it where they can look it up. */
  readonly correlationId: string;
  readonly data: string;
  readonly metadata: string;
  readonly body: Uint8Array | null;
}

/** An event as a store gives it back. */
export interface StoredEvent {
  readonly type: string;
  readonly stream: string;
  readonly id: EventId;
  readonly position: Position;
  readonly data: string;
  readonly metadata: string;
}

/** @throws CodedError EVENT_INVALID when the data does not fit the type's schema: a defect of the writer */
export function encodeEvent(draft: EventDraft): EncodedEvent {
  const { version } = catalogue[draft.type];
  const metadata = {
    $correlationId: draft.correlationId,
    $causationId: draft.causationId,
    schemaVersion: version,
    recordedAt: draft.recordedAt.toISOString(),
    ...(draft.timings && { timings: draft.timings }),
  };
  return {
    type: draft.type,
    stream: draft.stream,
    id: draft.id,
    correlationId: draft.correlationId,
    data: JSON.stringify(checked(draft.type, draft.stream, draft.data)),
    metadata: JSON.stringify(metadata),
    body: draft.body ?? null,
  };
}

/**
 * Null for a type that this version does not know: a newer one may have written it, and readers pass over it.
 *
 * @throws CodedError EVENT_INVALID when a known type does not fit its schema
 */
export function decodeEvent(stored: StoredEvent): DomainEvent | null {
  if (!isEventType(stored.type)) return null;
  const { version } = catalogue[stored.type];
  const given = parseJson(stored, stored.metadata);
  const metadata = isPlainMetadata(given) ? given : metadataOf(stored, given);
  const lifted = upcast(stored.type, parseJson(stored, stored.data), metadata.schemaVersion, version);
  return {
    type: stored.type,
    stream: stored.stream,
    id: stored.id,
    position: stored.position,
    data: checked(stored.type, stored.stream, lifted),
    metadata,
    // The schema was looked up by this very type, which TypeScript cannot follow through the union.
  } as DomainEvent;
}

function metadataOf(stored: StoredEvent, given: unknown): EventMetadata {
  const result = metadataSchema.safeParse(given);
  if (!result.success) throw invalid(stored.type, stored.stream, result.error);
  return result.data;
}

/** @throws CodedError EVENT_INVALID */
function checked(type: EventType, stream: string, data: unknown): unknown {
  if (type === 'PushReceived' && isPlainPush(data)) return data;
  const result = catalogue[type].schema.safeParse(data);
  if (!result.success) throw invalid(type, stream, result.error);
  return result.data;
}

function parseJson(stored: StoredEvent, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodedError('EVENT_INVALID', `${stored.type} in stream ${stored.stream} is not JSON`, { cause });
  }
}

function invalid(type: string, stream: string, error: z.ZodError): CodedError {
  return new CodedError('EVENT_INVALID', `${type} in stream ${stream}: ${z.prettifyError(error)}`);
}
