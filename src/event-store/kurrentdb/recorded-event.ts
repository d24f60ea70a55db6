import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { StoredEvent } from '../../events/codec.ts';
import type { EventId } from '../../events/ids.ts';
import { CodedError } from '../../runtime/errors.ts';
import { knownPosition } from './store-client.ts';
import { bodyOf, metadataOf, textOf } from './stored-form.ts';
import type { StreamNames } from './stream-names.ts';

/** An event as it came from the server, taken apart only as far as it is asked. */
export interface RecordedEvent {
  readonly event: StoredEvent;
  /** The compressed body, which most readers never look at. */
  body(): Uint8Array | null;
}

/** Null for an answer that is no event of ours: a sign of life, or somebody else's stream. */
export function recordedEventOf(answer: ReadResp, names: StreamNames): RecordedEvent | null {
  const record = answer.getEvent()?.getEvent();
  if (!record) return null;
  const name = textOf(record.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array());
  const stream = names.fromStore(name);
  if (stream === null) return null;
  const position = knownPosition(record.getCommitPosition());
  if (position === null) {
    throw new CodedError(
      'STORE_UNAVAILABLE',
      `the server gives stream ${name} no position; it is older than 22.6`,
    );
  }
  const metadata = record.getCustomMetadata_asU8();
  return {
    event: {
      type: record.getMetadataMap().get('type') ?? '',
      stream,
      id: (record.getId()?.getString() ?? '') as EventId,
      position,
      data: textOf(record.getData_asU8()),
      metadata: metadataOf(metadata),
    },
    body: () => bodyOf(metadata),
  };
}
