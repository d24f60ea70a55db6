import { setTimeout as delay } from 'node:timers/promises';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { handleServerStreamingCall } from '@grpc/grpc-js';
import type { Behaviour } from './behaviour.ts';
import type { EventLog } from './event-log.ts';
import { answerOf, filterOf, nameOf, type ReadCall, send } from './messages.ts';
import { refusalOf } from './refusals.ts';
import { runSubscription, type Subscriptions } from './subscriptions.ts';

/** `Streams.Read`: reads of a stream and of `$all`, and subscriptions to `$all`. */
export function readHandler(
  log: EventLog,
  behaviour: Behaviour,
  subscriptions: Subscriptions,
): handleServerStreamingCall<ReadReq, ReadResp> {
  return async (call) => {
    call.on('error', () => undefined);
    const refused = refusalOf(behaviour, call.metadata);
    if (refused === 'stall') return;
    if (behaviour.delayMs > 0) await delay(behaviour.delayMs, undefined, { ref: false });
    if (refused) return void call.emit('error', refused);
    const options = call.request.getOptions();
    if (!options) return call.end();
    if (options.hasSubscription()) {
      behaviour.counts.subscriptions++;
      return runSubscription(log, behaviour, subscriptions, call, options);
    }
    behaviour.counts.reads++;
    if (options.hasStream()) await readStream(log, call, options);
    else await readAll(log, call, options);
    call.end();
  };
}

async function readStream(log: EventLog, call: ReadCall, options: ReadReq.Options): Promise<void> {
  const from = options.getStream();
  const name = nameOf(from?.getStreamIdentifier());
  const records = log.stream(name);
  if (records.length === 0) {
    const missing = new streams.ReadResp.StreamNotFound();
    missing.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(name)));
    call.write(new streams.ReadResp().setStreamNotFound(missing));
    return;
  }
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  const start = from?.hasRevision() ? Number(from.getRevision()) : null;
  const chosen = backwards
    ? records.slice(0, (start ?? records.length - 1) + 1).reverse()
    : records.slice(start ?? 0);
  for (const record of chosen.slice(0, Number(options.getCount()))) await send(call, answerOf(record));
}

async function readAll(log: EventLog, call: ReadCall, options: ReadReq.Options): Promise<void> {
  const matches = filterOf(options);
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  const step = backwards ? -1 : 1;
  let left = Number(options.getCount());
  let index = startIndex(log, options, backwards);
  for (; index >= 0 && index < log.records.length && !call.cancelled; index += step) {
    const record = log.records[index];
    if (!record || !matches(record)) continue;
    // Like the server, which notices that it has sent enough only when it finds another event.
    if (left-- <= 0) return;
    await send(call, answerOf(record));
  }
}

/** Forwards from a position means from the event there on; backwards, from the one before it. */
function startIndex(log: EventLog, options: ReadReq.Options, backwards: boolean): number {
  const all = options.getAll();
  if (all?.hasStart()) return backwards ? -1 : 0;
  if (all?.hasEnd()) return log.records.length - (backwards ? 1 : 0);
  const index = log.indexOf(BigInt(all?.getPosition()?.getCommitPosition() ?? 0));
  return backwards ? index - 1 : index;
}
