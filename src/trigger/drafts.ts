import type { EventDraft } from '../events/event.ts';
import { type EventId, eventIdOfStream, type PushId, type RunId, streamOf } from '../events/ids.ts';
import type { PushReceived } from '../events/push-received.ts';
import type { Accepted } from './dag-engine.ts';

/** The event ids follow from the streams: a process that writes the same again changes nothing. */
export function startedDraft(now: Date): EventDraft<'DagTriggersStarted'> {
  const stream = streamOf.dagStart();
  const id = eventIdOfStream(stream);
  return {
    type: 'DagTriggersStarted',
    stream,
    id,
    data: { startedAt: now.toISOString() },
    correlationId: id,
    causationId: id,
    recordedAt: now,
  };
}

/** What was tried. */
export interface Trial {
  readonly push: PushReceived;
  readonly pushEventId: EventId;
  readonly dag: string;
  readonly attempts: number;
  /** Start of the first attempt of this process. */
  readonly startedAt: Date;
}

export function triggeredDraft(
  trial: Trial,
  accepted: Accepted,
  runId: RunId,
  now: Date,
): EventDraft<'DagTriggered'> {
  const stream = streamOf.dag(trial.push.pushId);
  return {
    type: 'DagTriggered',
    stream,
    id: eventIdOfStream(stream),
    data: {
      ...factsOf(trial),
      runId,
      remoteRunId: accepted.remoteRunId,
      remoteUrl: accepted.remoteUrl,
      httpStatus: accepted.httpStatus,
      triggeredAt: now.toISOString(),
    },
    correlationId: trial.push.pushId,
    causationId: trial.pushEventId,
    recordedAt: now,
  };
}

/** @param ordinal how often it failed, with this time */
export function failedDraft(
  trial: Trial,
  reason: string,
  ordinal: number,
  now: Date,
): EventDraft<'DagTriggerFailed'> {
  const stream = streamOf.dagFailed(trial.push.pushId, ordinal);
  return {
    type: 'DagTriggerFailed',
    stream,
    id: eventIdOfStream(stream),
    data: { ...factsOf(trial), reason, failedAt: now.toISOString() },
    correlationId: trial.push.pushId,
    causationId: trial.pushEventId,
    recordedAt: now,
  };
}

/** @param ordinal how often it was retried, with this time */
export function retriedDraft(pushId: PushId, ordinal: number, now: Date): EventDraft<'DagTriggerRetried'> {
  const stream = streamOf.dagRetried(pushId, ordinal);
  return {
    type: 'DagTriggerRetried',
    stream,
    id: eventIdOfStream(stream),
    data: { pushId, retriedAt: now.toISOString() },
    correlationId: pushId,
    causationId: pushId,
    recordedAt: now,
  };
}

function factsOf({ push, dag, attempts, startedAt }: Trial) {
  const { pushId, instance, repository, ref, branch, before, after } = push;
  return {
    pushId,
    dag,
    instance,
    repository: { id: repository.id, fullName: repository.fullName },
    ref,
    branch,
    before,
    after,
    attempts,
    startedAt: startedAt.toISOString(),
  };
}
