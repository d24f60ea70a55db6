import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Recorder } from './record-delivery.ts';
import { recordVerified } from './record-verified.ts';
import { type Understanding, understandDelivery } from './understand-delivery.ts';
import type { VerifiedDelivery } from './verify-delivery.ts';

const decompress = promisify(gunzip);

/**
 * Records a delivery that waited in the spool as if it had just come. It is read again from its bytes: a version
 * that understands it better takes it better.
 *
 * @throws CodedError STORE_UNAVAILABLE or EVENT_INVALID; Error when the bytes cannot be decompressed
 */
export async function recordSpooled(
  recorder: Recorder,
  how: Understanding,
  delivery: VerifiedDelivery,
): Promise<void> {
  const signed = await decompress(delivery.compressed);
  const waitedMs = Math.max(0, recorder.clock.now().getTime() - delivery.receivedAt.getTime());
  const timings = { ...delivery.timings, spoolMs: waitedMs };
  await recordVerified(recorder, understandDelivery(how, { ...delivery, signed }), { ...delivery, timings });
}
