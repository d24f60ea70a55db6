import { readdir } from 'node:fs/promises';
import { until } from '../support/condition.ts';
import { withDatabase } from './database.ts';
import { measureMemory } from './heap.ts';
import type { Instance } from './instance.ts';
import type { System } from './system.ts';

/** More open files than at the start: connections of a pool that had not been needed yet. */
const filesAllowed = 25;
/** Heap that comes with the code and the caches that the first work brings, in MiB. */
const heapAllowed = 25;
/** So many connections one instance may have: pools, writer, hints, leaders, subscribers. */
const connectionsAllowed = 45;

interface Baseline {
  readonly generation: number;
  readonly files: number;
  readonly heap: number;
}

/** Looks whether what a process holds grows while it lives. A process that is new is only measured. */
export function createLeakWatch() {
  const baselines = new Map<string, Baseline>();
  const seen: string[] = [];

  async function look(instance: Instance): Promise<string[]> {
    const pid = instance.pid();
    if (pid === null) return [`${instance.name} is down`];
    const generation = instance.generation();
    const { heap, resident } = await measureMemory(pid, {
      path: instance.logPath,
      from: instance.logStart(),
    });
    const baseline = baselines.get(instance.name);
    const files = await openFiles(pid);
    seen.push(
      `${instance.name}: ${files} files, ${heap.toFixed(0)} MiB heap, ${resident.toFixed(0)} MiB resident`,
    );
    if (!baseline || baseline.generation !== generation) {
      baselines.set(instance.name, { generation, files, heap });
      return [];
    }
    const found: string[] = [];
    // What was just closed may need a moment.
    const fewEnough = async () => (await openFiles(pid)) <= baseline.files + filesAllowed;
    if (!(await until('files to be closed', fewEnough, 15_000).catch(() => false))) {
      found.push(`${instance.name} has ${await openFiles(pid)} open files, at first ${baseline.files}`);
    }
    if (heap > baseline.heap + heapAllowed) {
      found.push(`${instance.name} holds ${heap.toFixed(0)} MiB, at first ${baseline.heap.toFixed(0)} MiB`);
    }
    return found;
  }

  return {
    seen,
    async check(system: System): Promise<string[]> {
      const found: string[] = [];
      for (const instance of system.instances) found.push(...(await look(instance)));
      const allowed = connectionsAllowed * system.instances.length;
      const count = () => connections(system);
      const fewEnough = async () => (await count()) <= allowed;
      if (!(await until('connections to be closed', fewEnough, 30_000).catch(() => false))) {
        found.push(`the database has ${await count()} connections, and not ${allowed} at most`);
      }
      return found;
    },
  };
}

async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

async function connections(system: System): Promise<number> {
  return withDatabase(system, async (database) => {
    const { rows } = await database.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and application_name like 'pushledger%'`,
    );
    return rows[0]?.count ?? 0;
  });
}

/** What the campaign itself holds: with its length it must not grow. */
export async function ownUsage(): Promise<string> {
  const { heapUsed, rss } = process.memoryUsage();
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  return `${await openFiles(process.pid)} files, ${mib(heapUsed)} heap, ${mib(rss)} resident`;
}
