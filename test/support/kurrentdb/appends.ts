import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { handleBidiStreamingCall, handleClientStreamingCall } from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Behaviour } from './behaviour.ts';
import type { AppendResult, EventLog, ExpectedRevision, Proposed } from './event-log.ts';
import { nameOf } from './messages.ts';
import { refusalOf, tooLarge } from './refusals.ts';

type ProposedMessage = AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage;

/** `Streams.Append`: one call an append. */
export function appendHandler(
  log: EventLog,
  behaviour: Behaviour,
): handleClientStreamingCall<AppendReq, AppendResp> {
  return async (call, callback) => {
    behaviour.counts.appends++;
    const refused = refusalOf(behaviour, call.metadata);
    if (refused === 'stall') return;
    if (refused) return void later(behaviour, () => callback(refused));
    let options: AppendReq.Options | undefined;
    const events: Proposed[] = [];
    try {
      for await (const request of call as AsyncIterable<AppendReq>) {
        options ??= request.getOptions();
        const message = request.getProposedMessage();
        if (message) events.push(proposedOf(message));
      }
    } catch {
      // Cancelled by the client before it had said all.
      return;
    }
    await behaviour.gate;
    const stream = nameOf(options?.getStreamIdentifier());
    if (sizeOf(events) > behaviour.maxAppendSize)
      return void later(behaviour, () => callback(tooLarge(behaviour)));
    const expected = options ? expectedOf(options) : 'any';
    const result = log.append(stream, expected, events, Date.now() + behaviour.clockOffsetMs);
    if (behaviour.manner === 'stall-after-append') return;
    later(behaviour, () => callback(null, appendAnswer(result)));
  };
}

/** `Streams.BatchAppend`: one call for many appends, told apart by correlation ids. */
export function batchAppendHandler(
  log: EventLog,
  behaviour: Behaviour,
): handleBidiStreamingCall<BatchAppendReq, BatchAppendResp> {
  return (call) => {
    const open = new Map<string, { options: BatchAppendReq.Options | undefined; events: Proposed[] }>();
    call.on('end', () => call.end());
    call.on('error', () => undefined);
    call.on('data', (request: BatchAppendReq) => {
      const refused = refusalOf(behaviour, call.metadata);
      if (refused === 'stall') return;
      if (refused) return void call.emit('error', refused);
      const id = request.getCorrelationId()?.getString() ?? '';
      const batch = open.get(id) ?? { options: request.getOptions(), events: [] };
      open.set(id, batch);
      batch.events.push(...request.getProposedMessagesList().map(proposedOf));
      if (!request.getIsFinal()) return;
      open.delete(id);
      behaviour.counts.appends++;
      const now = Date.now() + behaviour.clockOffsetMs;
      const answer = new streams.BatchAppendResp().setCorrelationId(request.getCorrelationId());
      answer.setStreamIdentifier(batch.options?.getStreamIdentifier());
      const deadline = batch.options?.getDeadline();
      if (deadline && deadline.toDate().getTime() < now) {
        answer.setError(batchError('event_store.client.Timeout', new shared.Timeout()));
      } else {
        const expected = batch.options ? batchExpectedOf(batch.options) : 'any';
        const stream = nameOf(batch.options?.getStreamIdentifier());
        fillBatchAnswer(answer, log.append(stream, expected, batch.events, now));
      }
      later(behaviour, () => call.write(answer));
    });
  };
}

/** Answers when the node's delay is over. */
function later({ delayMs }: Behaviour, answer: () => void): void {
  if (delayMs > 0) setTimeout(answer, delayMs).unref();
  else answer();
}

function proposedOf(message: ProposedMessage): Proposed {
  const keys = message.getMetadataMap();
  return {
    id: message.getId()?.getString() ?? '',
    type: keys.get('type') ?? '',
    contentType: keys.get('content-type') ?? '',
    data: Buffer.from(message.getData_asU8()),
    metadata: Buffer.from(message.getCustomMetadata_asU8()),
  };
}

function sizeOf(events: readonly Proposed[]): number {
  return events.reduce(
    (size, { data, metadata, type }) => size + data.length + metadata.length + type.length * 2,
    0,
  );
}

function expectedOf(options: AppendReq.Options): ExpectedRevision {
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasRevision()) return Number(options.getRevision());
  return options.hasStreamExists() ? 'stream-exists' : 'any';
}

function batchExpectedOf(options: BatchAppendReq.Options): ExpectedRevision {
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasStreamPosition()) return Number(options.getStreamPosition());
  return options.hasStreamExists() ? 'stream-exists' : 'any';
}

function appendAnswer(result: AppendResult): AppendResp {
  if (result.result === 'wrong-version') {
    const wrong = new streams.AppendResp.WrongExpectedVersion().setExpectedNoStream(new shared.Empty());
    if (result.current === null) wrong.setCurrentNoStream(new shared.Empty());
    else wrong.setCurrentRevision(String(result.current));
    return new streams.AppendResp().setWrongExpectedVersion(wrong);
  }
  const position = new streams.AppendResp.Position();
  position.setCommitPosition(String(result.position)).setPreparePosition(String(result.position));
  const success = new streams.AppendResp.Success()
    .setCurrentRevision(String(result.revision))
    .setPosition(position);
  return new streams.AppendResp().setSuccess(success);
}

function fillBatchAnswer(answer: BatchAppendResp, result: AppendResult): void {
  if (result.result === 'wrong-version') {
    const wrong = new shared.WrongExpectedVersion().setExpectedNoStream(new empty.Empty());
    if (result.current === null) wrong.setCurrentNoStream(new empty.Empty());
    else wrong.setCurrentStreamRevision(String(result.current));
    answer.setError(batchError('event_store.client.WrongExpectedVersion', wrong));
    return;
  }
  const position = new shared.AllStreamPosition();
  position.setCommitPosition(String(result.position)).setPreparePosition(String(result.position));
  const success = new streams.BatchAppendResp.Success().setCurrentRevision(String(result.revision));
  answer.setSuccess(success.setPosition(position));
}

function batchError(
  typeName: string,
  detail: { serializeBinary(): Uint8Array },
): InstanceType<typeof statusPb.Status> {
  const details = new any.Any();
  details.pack(detail.serializeBinary(), typeName);
  return new statusPb.Status().setDetails(details);
}
