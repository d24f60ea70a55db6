import { randomUUID } from 'node:crypto';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import type { Behaviour } from './behaviour.ts';
import type { EventLog } from './event-log.ts';
import { answerOf, filterOf, type ReadCall, send } from './messages.ts';
import { refusal } from './refusals.ts';

/** The subscriptions that are open at a node. */
export interface Subscriptions {
  readonly open: Set<ReadCall>;
  /** They hear nothing of what is appended from now on, and are not told so. */
  deaf: boolean;
}

export function createSubscriptions(): Subscriptions {
  return { open: new Set(), deaf: false };
}

/** Ends them as a server does that shuts down in good order. */
export function endSubscriptions({ open }: Subscriptions): void {
  for (const call of open) call.end();
  open.clear();
}

/** Tells them that the server had more than they took, and then that they have it all again. */
export function fallBehind({ open }: Subscriptions): void {
  for (const call of open) {
    call.write(new streams.ReadResp().setFellBehind(new streams.ReadResp.FellBehind()));
    call.write(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
  }
}

export function failSubscriptions({ open }: Subscriptions): void {
  for (const call of open) call.emit('error', refusal(status.UNAVAILABLE, 'the node is going away'));
  open.clear();
}

/** A subscription to `$all`: confirmed, fed from a position on, told when it has caught up, and fed for ever. */
export async function runSubscription(
  log: EventLog,
  behaviour: Behaviour,
  subscriptions: Subscriptions,
  call: ReadCall,
  options: ReadReq.Options,
): Promise<void> {
  const { open } = subscriptions;
  open.add(call);
  const matches = filterOf(options);
  const filter = options.getFilter();
  const checkpointEvery = (filter?.getMax() || 32) * (filter?.getCheckpointintervalmultiplier() || 1);
  const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  await send(call, new streams.ReadResp().setConfirmation(confirmation));
  let index = firstIndex(log, options);
  let live = false;
  let passedOver = 0;
  while (open.has(call)) {
    const record = log.records[index];
    if (!record || (live && subscriptions.deaf)) {
      if (!live) {
        live = true;
        if (!(await send(call, new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp())))) break;
        continue;
      }
      if (!(await growth(log, call, index, subscriptions))) break;
      continue;
    }
    index++;
    if (matches(record)) {
      behaviour.counts.eventsHandedOut++;
      if (!(await send(call, answerOf(record)))) break;
    } else if (++passedOver % checkpointEvery === 0) {
      const checkpoint = new streams.ReadResp.Checkpoint();
      checkpoint.setCommitPosition(String(record.position)).setPreparePosition(String(record.position));
      if (!(await send(call, new streams.ReadResp().setCheckpoint(checkpoint)))) break;
    }
  }
  open.delete(call);
}

/** A subscription begins after the position it names. */
function firstIndex(log: EventLog, options: ReadReq.Options): number {
  const all = options.getAll();
  if (all?.hasEnd()) return log.records.length;
  const position = all?.getPosition()?.getCommitPosition();
  return position === undefined ? 0 : log.indexOf(BigInt(position) + 1n);
}

/** True when there is more in the log than `index` records; false when the call has ended. */
async function growth(
  log: EventLog,
  call: ReadCall,
  index: number,
  subscriptions: Subscriptions,
): Promise<boolean> {
  if (call.cancelled || call.destroyed || call.writableEnded) return false;
  return new Promise((resolve) => {
    const done = (goesOn: boolean) => {
      stopListening();
      call.off('close', onClose);
      call.off('cancelled', onClose);
      resolve(goesOn);
    };
    const onClose = () => done(false);
    const stopListening = log.onGrowth(() => {
      if (log.records.length > index && !subscriptions.deaf) done(true);
    });
    call.on('close', onClose);
    call.on('cancelled', onClose);
  });
}
