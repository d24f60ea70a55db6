import { randomUUID } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import { CodedError, messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Difference, Rebuild } from './api/schemas/projections.ts';
import type { RebuildResult, RunRebuild } from './ports.ts';

/** Rebuilds of this process that can still be asked for. */
const maxRemembered = 20;
/** How long a start waits to see whether another process is rebuilding, in milliseconds; a rebuild itself tries for 5 s. */
const startPatienceMs = 8_000;

export interface RebuildsOptions {
  readonly run: RunRebuild;
  readonly head: () => Promise<bigint>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The rebuilds that were started from the page, one at a time. */
export interface Rebuilds {
  /** @throws CodedError REBUILD_RUNNING */
  start(request: { readonly projections: readonly string[]; readonly dryRun: boolean }): Promise<Rebuild>;
  find(rebuildId: string): Rebuild | null;
  latest(): Rebuild | null;
  /** Ends a running one, which has changed nothing, or all of a projection. */
  stop(): Promise<void>;
}

export function createRebuilds(options: RebuildsOptions): Rebuilds {
  const { clock, logger } = options;
  const remembered = new Map<string, Rebuild>();
  const stopping = new AbortController();
  let running: Promise<void> | null = null;

  const remember = (rebuild: Rebuild) => {
    remembered.set(rebuild.rebuildId, rebuild);
    const [oldest] = remembered.keys();
    if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
  };

  return {
    async start({ projections, dryRun }) {
      if (running) throw new CodedError('REBUILD_RUNNING', 'in this process');
      let rebuild: Rebuild = {
        rebuildId: randomUUID(),
        projections: [...projections],
        dryRun,
        state: 'running',
        startedAt: clock.now().toISOString(),
        finishedAt: null,
        events: 0,
        position: '0',
        head: '0',
        error: null,
        differences: [],
      };
      const change = (changed: Partial<Rebuild>) => {
        rebuild = { ...rebuild, ...changed };
        if (remembered.has(rebuild.rebuildId)) remember(rebuild);
      };
      const begun = Promise.withResolvers<void>();
      const run = async () => {
        change({ head: String(await options.head()) });
        const results = await options.run({
          projections,
          dryRun,
          signal: stopping.signal,
          onProgress({ events, position }) {
            change({ events, position: String(position) });
            begun.resolve();
          },
        });
        change({ state: 'done', differences: differencesOf(results) });
      };
      running = run()
        .catch((error: unknown) => {
          if (error instanceof CodedError && error.code === 'REBUILD_RUNNING') begun.reject(error);
          else logger.error({ err: error, projections }, 'a rebuild failed');
          change({ state: 'failed', error: messageOf(error) });
        })
        .finally(() => {
          change({ finishedAt: clock.now().toISOString() });
          running = null;
          begun.resolve();
        });
      const patience = new AbortController();
      const waited = clock.sleep(startPatienceMs, patience.signal).catch(() => undefined);
      try {
        await Promise.race([begun.promise, waited]);
      } finally {
        patience.abort();
        // Nobody waits for it any more when it fails later.
        begun.promise.catch(() => undefined);
      }
      remember(rebuild);
      logger.info({ rebuildId: rebuild.rebuildId, projections, dryRun }, 'a rebuild was started');
      return rebuild;
    },
    find: (rebuildId) => remembered.get(rebuildId) ?? null,
    latest: () => [...remembered.values()].at(-1) ?? null,
    async stop() {
      stopping.abort(new Error('the service is stopping'));
      await running;
    },
  };
}

function differencesOf(results: readonly RebuildResult[]): Difference[] {
  return results.flatMap(({ projection, differences }) =>
    differences.map(({ table, added, changed, removed }) => ({ projection, table, added, changed, removed })),
  );
}
