import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../chaos/free-ports.ts';
import { measureMemory } from '../chaos/heap.ts';
import { type Instance, startInstance } from '../chaos/instance.ts';
import { isUnexpected } from '../chaos/service-log.ts';
import { fixtureBytes, fixtureNames, post, testSecret } from '../support/delivery.ts';
import { apiTarget } from './api.ts';
import { framingTarget } from './framing.ts';
import type { Target } from './target.ts';

export const adminToken = 'an-admin-token-of-the-fuzzer';
/** What the service may hold more at the end, in MiB. */
const heapAllowed = 40;

/** A service as a process of its own, and the targets that reach it by its port. */
export async function startNetworkTargets(
  wanted: readonly string[],
): Promise<{ targets: Target[]; end(): Promise<string[]> }> {
  if (!wanted.includes('api') && !wanted.includes('framing')) return { targets: [], end: async () => [] };
  const directory = await mkdtemp(join(tmpdir(), 'pushledger-fuzz-'));
  await chmod(directory, 0o755);
  const [port = 0] = await freePorts(1);
  const instance = startInstance({
    name: 'service',
    port,
    cwd: directory,
    logPath: join(directory, 'service.log'),
    env: {
      PUSHLEDGER_DATA_DIR: join(directory, 'data'),
      GITEA_WEBHOOK_SECRET: testSecret,
      ADMIN_TOKEN: adminToken,
      LOG_LEVEL: 'warn',
    },
  });
  await instance.ready();
  const pushIds: string[] = [];
  for (const name of fixtureNames) {
    const { body } = await post(`${instance.address}/webhook/gitea`, { body: fixtureBytes(name) });
    if (body.pushId) pushIds.push(body.pushId);
  }
  const before = await memoryOf(instance);
  return {
    targets: [
      ...(wanted.includes('api') ? [apiTarget(instance.address, pushIds)] : []),
      ...(wanted.includes('framing') ? [framingTarget(instance.port)] : []),
    ],
    async end() {
      const problems = [...instance.faults];
      if (instance.generation() > 1) problems.push('it ended, and was started again');
      const answer = await post(`${instance.address}/webhook/gitea`, {
        body: fixtureBytes('push-tag-create'),
      });
      if (answer.body.status !== 'duplicate')
        problems.push(`a delivery was answered ${JSON.stringify(answer.body)}`);
      const after = await memoryOf(instance);
      if (after > before + heapAllowed)
        problems.push(`it holds ${after.toFixed(0)} MiB, and before ${before.toFixed(0)} MiB`);
      const log = await readFile(instance.logPath, 'utf8');
      problems.push(...log.split('\n').filter(isUnexpected).slice(0, 5));
      await instance.close();
      await rm(directory, { recursive: true, force: true });
      return problems;
    },
  };
}

async function memoryOf(instance: Instance): Promise<number> {
  const log = { path: instance.logPath, from: instance.logStart() };
  return (await measureMemory(instance.pid() ?? 0, log)).heap;
}
