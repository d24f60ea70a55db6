import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { KeptDelivery } from './doubles/gitea-records.ts';
import type { ChaosGitea } from './gitea.ts';

/** Pushes of all kinds at about this rate, until the time is over. While Gitea is down nobody can push. */
export async function pushFor(
  gitea: ChaosGitea,
  seed: string,
  { perSecond, forMs }: { perSecond: number; forMs: number },
): Promise<void> {
  const begin = performance.now();
  const acts: Promise<void>[] = [];
  const failed: unknown[] = [];
  for (let number = 1; performance.now() - begin < forMs; number++) {
    acts.push(gitea.act(`${seed}/${number}`).catch((error: unknown) => void failed.push(error)));
    await delay(Math.max(0, begin + (number * 1_000) / perSecond - performance.now()));
  }
  // While it is frozen they wait.
  await Promise.all(acts);
  if (failed.length > 0) throw failed[0];
}

/**
 * One delivery again and again, of a captured body: most under a fresh id, some under its own, as a proxy that retries
 * would send it.
 *
 * @returns how many were answered 2xx
 */
export async function storm(
  url: string,
  secret: string,
  { body, event, id }: KeptDelivery,
  deliveries: number,
): Promise<number> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const one = async (number: number): Promise<boolean> => {
    const headers = {
      'content-type': 'application/json',
      'x-gitea-delivery': number % 5 === 0 ? id : randomUUID(),
      'x-gitea-event': event,
      'x-gitea-signature': signature,
    };
    try {
      const signal = AbortSignal.timeout(5_000);
      return (await fetch(url, { method: 'POST', headers, body: new Uint8Array(body), signal })).ok;
    } catch {
      return false;
    }
  };
  const taken = await Promise.all(Array.from({ length: deliveries }, (_, number) => one(number)));
  return taken.filter(Boolean).length;
}
