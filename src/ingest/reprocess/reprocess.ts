import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { PushId } from '../../events/ids.ts';
import { messageOf } from '../../runtime/errors.ts';
import { retry } from '../../runtime/retry.ts';
import type { Recorder } from '../record-delivery.ts';
import { recordVerified } from '../record-verified.ts';
import type { Understood } from '../understand-delivery.ts';
import type { FreshDelivery } from '../verify-delivery.ts';
import type { RejectedDelivery, Rejection } from './find-rejected.ts';

/**
 * What a rejected delivery is now.
 * - `taken`: a push (or a test delivery) that is in the log now; in a dry run, one that would be.
 * - `already-taken`: the same, by an earlier call.
 * - `still-rejected`: this version does not understand it either.
 * - `not-kept`: its bytes were too large to be kept, so that only Gitea can send it again.
 * - `damaged`: the kept bytes are not those that were signed.
 */
export type ReprocessOutcome = 'taken' | 'already-taken' | 'still-rejected' | 'not-kept' | 'damaged';

export interface Reprocessed {
  readonly rejection: Rejection;
  readonly outcome: ReprocessOutcome;
  /** Null where it is no push, and in a dry run. */
  readonly pushId: PushId | null;
  /** Why it is not taken; null where it is. */
  readonly reason: string | null;
}

export interface ReprocessOptions extends Recorder {
  /** How this version reads a delivery. */
  readonly understand: (delivery: Omit<FreshDelivery, 'timings'>) => Understood;
  /** Only say what would be taken. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

const decompress = promisify(gunzip);
/** The largest body that can be configured to be taken, so that a small damaged one cannot fill the memory. */
const maxBytes = 1_024 ** 3;
const maxAttempts = 5;

/**
 * Takes a rejected delivery again, as it came: with its delivery id and the time when it was received. It is recorded
 * as ingest does it, so that doing it again, or beside Gitea's own redelivery, gives one push.
 *
 * @throws CodedError STORE_UNAVAILABLE, when the store is away for longer than some attempts take
 */
export async function reprocess(
  { rejection, taken }: RejectedDelivery,
  options: ReprocessOptions,
): Promise<Reprocessed> {
  if (taken) return { rejection, outcome: 'already-taken', pushId: taken.pushId, reason: null };
  const not = (outcome: ReprocessOutcome, reason: string): Reprocessed => ({
    rejection,
    outcome,
    pushId: null,
    reason,
  });
  const compressed = await options.store.readBody(rejection.stream);
  if (!compressed) return not('not-kept', 'its bytes were too large to be kept: redeliver it in Gitea');
  const signed = await signedBytes(compressed, rejection);
  if (typeof signed === 'string') return not('damaged', signed);

  const { deliveryId, receivedAt, event, body } = rejection.data;
  const delivery = { deliveryId, event, receivedAt: new Date(receivedAt), proof: { ...body, stored: true } };
  const understood = options.understand({ ...delivery, signed });
  const { content } = understood;
  if (content.is === 'rejected') return not('still-rejected', content.error.message);
  if (content.is === 'ignored') return not('still-rejected', content.reason);
  if (options.dryRun) return { rejection, outcome: 'taken', pushId: null, reason: null };
  const recorded = await retry(
    () =>
      recordVerified(options, understood, {
        ...delivery,
        compressed,
        timings: rejection.metadata.timings ?? {},
      }),
    { clock: options.clock, signal: options.signal, maxAttempts, onFailure: () => undefined },
  );
  const pushId = 'pushId' in recorded ? recorded.pushId : null;
  return { rejection, outcome: 'taken', pushId, reason: null };
}

/** The bytes that Gitea signed, or why these are not they. */
async function signedBytes(compressed: Uint8Array, { data }: Rejection): Promise<Buffer | string> {
  let signed: Buffer;
  try {
    signed = await decompress(compressed, { maxOutputLength: maxBytes });
  } catch (error) {
    return `the kept bytes cannot be decompressed: ${messageOf(error)}`;
  }
  const digest = createHash('sha256').update(signed).digest('hex');
  return digest === data.body.digest ? signed : 'the kept bytes are not those that Gitea signed';
}
