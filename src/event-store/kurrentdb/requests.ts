import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { AppendReq, ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { EncodedEvent } from '../../events/codec.ts';
import { type Position, startOfLog } from '../../events/ids.ts';
import { toStoredForm } from './stored-form.ts';

/** What of `$all` is looked at: the server compares the beginning of the stream's name, or of the type's. */
export type Filter = { readonly streamPrefix: string } | { readonly typePrefix: string };

/** How many events the server may look at before it answers, found or not. The default of 32 is slow over foreign ones. */
const searchWindow = 500;
/** A sign of life at least so often while the server passes over foreign events: every window times this. */
const checkpointEvery = 10;

/** The two messages of an append with NO_STREAM: where, then what. */
export function appendRequests(event: EncodedEvent, stream: string): [AppendReq, AppendReq] {
  const form = toStoredForm(event);
  const options = new streams.AppendReq.Options();
  options.setStreamIdentifier(streamIdentifier(stream));
  options.setNoStream(new shared.Empty());
  const message = new streams.AppendReq.ProposedMessage();
  message.setId(new shared.UUID().setString(event.id));
  message.getMetadataMap().set('type', event.type);
  message.getMetadataMap().set('content-type', 'application/json');
  message.setData(form.data);
  message.setCustomMetadata(form.metadata);
  return [new streams.AppendReq().setOptions(options), new streams.AppendReq().setProposedMessage(message)];
}

/** The one event of a stream. */
export function readStreamRequest(stream: string): ReadReq {
  const from = new streams.ReadReq.Options.StreamOptions();
  from.setStreamIdentifier(streamIdentifier(stream));
  from.setStart(new shared.Empty());
  const options = baseOptions().setStream(from).setCount('1').setNoFilter(new shared.Empty());
  return new streams.ReadReq().setOptions(options);
}

/** Events of `$all` from a position on. The server counts the event at that position among them. */
export function readForwardsRequest(from: Position, count: number, filter: Filter): ReadReq {
  const options = baseOptions()
    .setAll(allFrom(from))
    .setCount(String(count))
    .setFilter(filterOptions(filter));
  return new streams.ReadReq().setOptions(options);
}

/** The last events of `$all`, the newest first. */
export function readBackwardsRequest(count: number, filter: Filter | null): ReadReq {
  const from = new streams.ReadReq.Options.AllOptions().setEnd(new shared.Empty());
  const options = baseOptions().setAll(from).setCount(String(count));
  options.setReadDirection(streams.ReadReq.Options.ReadDirection.BACKWARDS);
  if (filter) options.setFilter(filterOptions(filter));
  else options.setNoFilter(new shared.Empty());
  return new streams.ReadReq().setOptions(options);
}

/** Everything after a position, and then what is new, for ever. */
export function subscribeRequest(after: Position, filter: Filter): ReadReq {
  const options = baseOptions()
    .setAll(allFrom(after))
    .setSubscription(new streams.ReadReq.Options.SubscriptionOptions())
    .setFilter(filterOptions(filter));
  return new streams.ReadReq().setOptions(options);
}

function baseOptions(): ReadReq.Options {
  const options = new streams.ReadReq.Options();
  options.setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  // Links of the server's own projections are no events of ours.
  options.setResolveLinks(false);
  return options;
}

function allFrom(position: Position): ReadReq.Options.AllOptions {
  const all = new streams.ReadReq.Options.AllOptions();
  if (position === startOfLog) return all.setStart(new shared.Empty());
  // An event that was written alone commits where it was prepared.
  const at = new streams.ReadReq.Options.Position();
  at.setCommitPosition(String(position));
  at.setPreparePosition(String(position));
  return all.setPosition(at);
}

function filterOptions(filter: Filter): ReadReq.Options.FilterOptions {
  const options = new streams.ReadReq.Options.FilterOptions();
  const expression = new streams.ReadReq.Options.FilterOptions.Expression();
  if ('streamPrefix' in filter) {
    options.setStreamIdentifier(expression.setPrefixList([filter.streamPrefix]));
  } else {
    options.setEventType(expression.setPrefixList([filter.typePrefix]));
  }
  options.setMax(searchWindow);
  options.setCheckpointintervalmultiplier(checkpointEvery);
  return options;
}

function streamIdentifier(stream: string): InstanceType<typeof shared.StreamIdentifier> {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
}
