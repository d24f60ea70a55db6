import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { LogRecord } from './event-log.ts';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

export function nameOf(identifier: InstanceType<typeof shared.StreamIdentifier> | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString();
}

export function filterOf(options: ReadReq.Options): (record: LogRecord) => boolean {
  const filter = options.getFilter();
  const byStream = filter?.getStreamIdentifier();
  const expression = byStream ?? filter?.getEventType();
  if (!expression) return () => true;
  const regex = expression.getRegex() === '' ? null : new RegExp(expression.getRegex());
  const prefixes = expression.getPrefixList();
  return (record) => {
    const text = byStream ? record.stream : record.type;
    return regex ? regex.test(text) : prefixes.some((prefix) => text.startsWith(prefix));
  };
}

export function answerOf(record: LogRecord): ReadResp {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(new shared.UUID().setString(record.id));
  recorded.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(record.stream)));
  recorded.setStreamRevision(String(record.revision));
  recorded.setCommitPosition(String(record.position)).setPreparePosition(String(record.position));
  const keys = recorded.getMetadataMap();
  keys.set('type', record.type);
  keys.set('content-type', record.contentType);
  // .NET counts in ticks of 100 ns.
  keys.set('created', String(BigInt(record.created) * 10_000n));
  recorded.setData(record.data).setCustomMetadata(record.metadata);
  const event = new streams.ReadResp.ReadEvent()
    .setEvent(recorded)
    .setCommitPosition(String(record.position));
  return new streams.ReadResp().setEvent(event);
}

/** Writes, and waits while the other side takes nothing. False when the call has ended meanwhile. */
export async function send(call: ReadCall, answer: ReadResp): Promise<boolean> {
  if (call.cancelled || call.destroyed) return false;
  if (!call.write(answer)) {
    await new Promise<void>((resolve) => {
      const done = () => {
        for (const event of ['drain', 'close', 'cancelled'] as const) call.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'close', 'cancelled'] as const) call.on(event, done);
    });
  }
  return !call.cancelled && !call.destroyed;
}
