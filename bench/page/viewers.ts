import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type FilterTimes, quantiles } from './api.ts';

const viewers = 100;
const pushesPerSecond = 200;
const seconds = 10;
const rounds = 3;
const push = JSON.parse(
  readFileSync(new URL('../../test/fixtures/push-force-rewrite.json', import.meta.url), 'utf8'),
) as { after: string; repository: object };

/** What a push costs the service while nobody, or a hundred people, look at the page. */
export interface Watched {
  /** CPU time of the service's process, in milliseconds. */
  readonly cpuMsPerPush: number;
  readonly perSecond: number;
  readonly latencyMs: FilterTimes;
  /** Frames that all viewers together were sent. */
  readonly frames: number;
}

export interface ViewersFigures {
  readonly viewers: number;
  readonly alone: readonly Watched[];
  readonly watched: readonly Watched[];
}

/** Alone and watched in turn, as this machine's speed drifts. */
export async function measureViewers(address: string, secret: string): Promise<ViewersFigures> {
  const [alone, watched]: [Watched[], Watched[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    alone.push(await underLoad(address, secret, 0));
    watched.push(await underLoad(address, secret, viewers));
  }
  return { viewers, alone, watched };
}

async function underLoad(address: string, secret: string, count: number): Promise<Watched> {
  const leaving = new AbortController();
  let frames = 0;
  const watching = Array.from({ length: count }, async () => {
    const response = await fetch(`${address}/api/events`, { signal: leaving.signal });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) frames += decoder.decode(chunk).split('\n\n').length - 1;
  });
  const ended = Promise.allSettled(watching);
  const cpuBefore = await cpuSeconds(address);
  const latencies: number[] = [];
  const startedAt = performance.now();
  const total = pushesPerSecond * seconds;
  const sending: Promise<void>[] = [];
  for (let sent = 0; sent < total; sent++) {
    const due = startedAt + (sent * 1_000) / pushesPerSecond;
    const early = due - performance.now();
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
    sending.push(deliver(address, secret, sent, latencies));
  }
  await Promise.all(sending);
  const elapsed = (performance.now() - startedAt) / 1_000;
  const cpuMsPerPush = (((await cpuSeconds(address)) - cpuBefore) * 1_000) / total;
  leaving.abort();
  await ended;
  return { cpuMsPerPush, perSecond: total / elapsed, latencyMs: quantiles(latencies), frames };
}

async function deliver(
  address: string,
  secret: string,
  sequence: number,
  latencies: number[],
): Promise<void> {
  const after = randomBytes(20).toString('hex');
  const repository = { ...push.repository, id: 1 + (sequence % 40) };
  const body = JSON.stringify({ ...push, after, repository }, null, 2);
  const started = performance.now();
  const response = await fetch(`${address}/webhook/gitea`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-gitea-delivery': randomUUID(),
      'x-gitea-event': 'push',
      'x-gitea-signature': createHmac('sha256', secret).update(body).digest('hex'),
    },
    body,
  });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`a push was answered ${response.status}`);
  latencies.push(performance.now() - started);
}

async function cpuSeconds(address: string): Promise<number> {
  const text = await (await fetch(`${address}/metrics`)).text();
  const found = /^process_cpu_seconds_total (\S+)/m.exec(text)?.[1];
  if (found === undefined) throw new Error('the service does not tell its CPU time');
  return Number(found);
}
