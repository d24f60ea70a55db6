import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hookPath } from '../../src/ingest/route.ts';
import { type RunningService, startServe } from '../../test/support/service-process.ts';
import { type Measured, sendPushes } from '../ingest/send-pushes.ts';
import { residentMemory } from '../support/resident-memory.ts';
import { writeResult } from '../support/results.ts';

const connections = 64;
const idleMs = 10_000;
const loadMs = 20_000;
const deliveriesPerSecond = 2_500;

/**
 * The whole service as it is installed, all roles, with an embedded PostgreSQL that is not counted: how soon it is ready
 * at its first start and later, and what it holds in memory, idle and under as many pushes as it takes.
 */
export async function benchMemory(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'pushledger-bench-memory-'));
  // The database refuses to run as root: there it runs as another user, who has to get in.
  await chmod(directory, 0o711);
  const secret = randomBytes(16).toString('hex');
  try {
    const first = await timedStart(directory, secret);
    await first.service.end();
    const { service, seconds } = await timedStart(directory, secret);
    try {
      await delay(idleMs);
      const idle = await residentMemory(service.process.pid);
      const sending = { connections, ms: loadMs, deliveriesPerSecond };
      const load = await sendPushes(`${service.address}${hookPath}`, secret, sending);
      expectAccepted(load);
      const loaded = await residentMemory(service.process.pid);
      const figures = {
        readyFirstS: first.seconds,
        readyLaterS: seconds,
        idleMb: idle?.now ?? null,
        mostMb: loaded?.most ?? null,
        load,
      };
      process.stdout.write(
        `memory and start\n` +
          `  ready after ${first.seconds.toFixed(2)} s at the first start, ${seconds.toFixed(2)} s later\n` +
          `  RSS ${figures.idleMb} MB idle, at most ${figures.mostMb} MB under ${load.perSecond.toFixed(0)} pushes/s for ${loadMs / 1_000} s\n`,
      );
      writeResult('memory', figures);
    } finally {
      await service.end();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function timedStart(
  directory: string,
  secret: string,
): Promise<{ service: RunningService; seconds: number }> {
  const started = performance.now();
  const service = await startServe({
    cwd: directory,
    asInstalled: true,
    env: { PUSHLEDGER_DATA_DIR: join(directory, 'data'), PORT: '0', GITEA_WEBHOOK_SECRET: secret },
  });
  return { service, seconds: (performance.now() - started) / 1_000 };
}

function expectAccepted({ statuses }: Measured): void {
  if (Object.keys(statuses).some((status) => status !== '200'))
    throw new Error(`not every push was accepted: ${JSON.stringify(statuses)}`);
}
