import type { WebhookSecret } from '../../config/secret.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type Probe, probeReceiver } from './probe-receiver.ts';

/** Between two attempts, in milliseconds: a service looks for new secrets no more than once a second. */
const pauseMs = 500;
const attempts = 12;

/**
 * Asks the service until it accepts the secret.
 *
 * @param urls where it may answer: the hook's address, and the one of this machine
 * @returns the last answer, which is not `accepted` when it did not come to that within some seconds
 */
export async function confirmAccepted(
  urls: readonly string[],
  { secret }: WebhookSecret,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Probe> {
  let last: Probe = { outcome: 'unreachable', detail: 'no address' };
  for (let attempt = 1; attempt <= attempts; attempt++) {
    for (const url of urls) {
      const probe = await probeReceiver(url, secret);
      if (probe.outcome === 'accepted') return probe;
      // What knows us and refuses tells more than what cannot be reached from here.
      if (last.outcome === 'unreachable' || probe.outcome === 'wrong-secret') last = probe;
    }
    if (attempt < attempts) await clock.sleep(pauseMs, signal);
  }
  return last;
}
