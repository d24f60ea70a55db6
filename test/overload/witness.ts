import { setTimeout as delay } from 'node:timers/promises';
import { deliveryOf, type Sent, send } from './request.ts';

/** Between two deliveries, in milliseconds. */
const intervalMs = 100;

/**
 * Sends a little beside an overload, from this process, whatever the answers are. The senders run at low priority and wait
 * for their own turn as well: what they measure is not what the service makes a sender wait.
 */
export async function witness(port: number, secret: string, seconds: number): Promise<Sent[]> {
  const sending: Promise<Sent>[] = [];
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    sending.push(send(port, deliveryOf(`witness ${sending.length}`, secret)));
    await delay(intervalMs);
  }
  return Promise.all(sending);
}
