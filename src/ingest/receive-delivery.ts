import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import type { DeliveryId } from '../events/ids.ts';
import { CodedError } from '../runtime/errors.ts';
import { type Intake, straightIntake } from './intake.ts';
import type { Recorder } from './record-delivery.ts';
import { type Recorded, recordVerified } from './record-verified.ts';
import type { NamedSecret } from './signature.ts';
import { type Understanding, understandDelivery } from './understand-delivery.ts';
import { type FreshDelivery, type IncomingDelivery, rounded, verifyDelivery } from './verify-delivery.ts';

export interface IngestOptions extends Recorder, Understanding {
  /** Asked for anew for each delivery. */
  readonly secrets: readonly NamedSecret[];
  /** Called when none of them made a signature; true when there are others now. */
  readonly renewSecrets?: () => boolean;
  /** Where a delivery goes when the event store does not take it; absent: nowhere, it is refused. */
  readonly intake?: Intake;
}

export type Answer =
  | Exclude<Recorded, { status: 'rejected' }>
  | { readonly status: 'spooled'; readonly deliveryId: DeliveryId };

/** What the log says of a delivery, beside its answer. */
export interface Received {
  readonly answer: Answer;
  readonly repository: string | null;
}

const compressApart = promisify(gzip);
/** Bodies up to this are compressed in place: that takes less than handing them to a thread. Gitea's have 6 KB. */
const smallBytes = 64 * 1_024;
/**
 * A third of the time of the defaults for such a body: most of that goes into clearing memory and making room for the
 * result; and the lowest level makes it a tenth larger.
 */
const smallOptions = { windowBits: 14, memLevel: 7, level: 1, chunkSize: 4 * 1_024 };

async function compress(signed: Buffer): Promise<Uint8Array> {
  return signed.length <= smallBytes ? gzipSync(signed, smallOptions) : compressApart(signed);
}

/**
 * Takes one delivery through all its steps, in the order that decides which error is answered: content type,
 * signature, delivery id, JSON, push. Returns only when the event store or the spool has it for good.
 *
 * @throws CodedError with the status and text of the answer
 */
export async function receiveDelivery(options: IngestOptions, incoming: IncomingDelivery): Promise<Received> {
  const fresh = verify(options, incoming);
  const verifiedAt = performance.now();
  const understood = understandDelivery(options, fresh);
  const { content, repository } = understood;
  if (content.is === 'ignored') {
    const answer = { status: content.is, deliveryId: fresh.deliveryId, reason: content.reason };
    return { answer, repository: repository.fullName };
  }
  // Nothing is awaited before this point: deliveries of one repository enter the intake in the order they came.
  const answer = await (options.intake ?? straightIntake).take(repository, async () => {
    const delivery = await compressed(fresh, verifiedAt);
    return { delivery, record: () => recordVerified(options, understood, delivery) };
  });
  if (content.is === 'rejected') {
    const { code, detail } = content.error;
    throw new CodedError(code, detail, { context: { repository: repository.fullName } });
  }
  if (answer.status === 'rejected') throw new CodedError('INTERNAL', 'a valid delivery was rejected');
  return { answer, repository: repository.fullName };
}

/** A secret that was added since is found here, so that a rotation needs no restart. */
function verify(options: IngestOptions, incoming: IncomingDelivery): FreshDelivery {
  try {
    return verifyDelivery(options.secrets, incoming);
  } catch (error) {
    const unknown = error instanceof CodedError && error.code === 'SIGNATURE_WRONG';
    if (!unknown || options.renewSecrets?.() !== true) throw error;
    return verifyDelivery(options.secrets, incoming);
  }
}

async function compressed({ signed, ...fresh }: FreshDelivery, verifiedAt: number) {
  const bytes = await compress(signed);
  const timings = { ...fresh.timings, parseMs: rounded(performance.now() - verifiedAt) };
  return { ...fresh, compressed: bytes, timings };
}
