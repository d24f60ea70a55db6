import { readFile } from 'node:fs/promises';
import { until } from '../support/condition.ts';

export interface Usage {
  /** In use after a collection, in MiB. */
  readonly heap: number;
  /** Resident after it, in MiB. */
  readonly resident: number;
}

/**
 * What a Node process holds after a garbage collection. SIGUSR1 opens its inspector, whose address it writes to its
 * log: https://nodejs.org/en/learn/getting-started/debugging.
 *
 * @param log where in it the process began, in bytes
 */
export async function measureMemory(pid: number, log: { path: string; from: number }): Promise<Usage> {
  process.kill(pid, 'SIGUSR1');
  const url = await until('the address of the inspector', async () => inspectorOf(log));
  const socket = new WebSocket(url);
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', () => reject(new Error('no inspector')), { once: true });
    });
    let id = 0;
    const call = (method: string, params: object = {}) =>
      new Promise<unknown>((resolve) => {
        const own = ++id;
        const listen = ({ data }: MessageEvent) => {
          const answer = JSON.parse(String(data)) as { id?: number; result?: unknown };
          if (answer.id !== own) return;
          socket.removeEventListener('message', listen);
          resolve(answer.result);
        };
        socket.addEventListener('message', listen);
        socket.send(JSON.stringify({ id: own, method, params }));
      });
    await call('HeapProfiler.enable');
    for (let times = 0; times < 3; times++) await call('HeapProfiler.collectGarbage');
    const { result } = (await call('Runtime.evaluate', {
      expression: 'JSON.stringify(process.memoryUsage())',
    })) as { result: { value: string } };
    // The session keeps what it has seen.
    await call('HeapProfiler.disable');
    const { heapUsed, rss } = JSON.parse(result.value) as { heapUsed: number; rss: number };
    return { heap: heapUsed / 2 ** 20, resident: rss / 2 ** 20 };
  } finally {
    socket.close();
  }
}

async function inspectorOf({ path, from }: { path: string; from: number }): Promise<string | null> {
  const own = (await readFile(path)).subarray(from).toString();
  return own.match(/ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]+/)?.[0] ?? null;
}
