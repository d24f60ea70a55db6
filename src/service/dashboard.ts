import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.ts';
import { registerDashboard } from '../dashboard/dashboard.ts';
import type { DashboardPorts } from '../dashboard/ports.ts';
import { runDoctor } from '../doctor/run-doctor.ts';
import { readCheckpoints } from '../health/report.ts';
import { readRepositories } from '../health/repositories.ts';
import { retryNotifications } from '../notifier/retry-notifications.ts';
import { createPool } from '../postgres/pool.ts';
import { allProjections } from '../projections/all.ts';
import { rebuild } from '../projections/rebuild/rebuild.ts';
import { readStandings } from '../projections/standings.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { SubscriberStatus } from '../subscription/subscriber.ts';
import { retryTriggers } from '../trigger/retry-triggers.ts';
import type { Ledger } from './ledger.ts';

/** Connections that viewers share: few, so that they leave the database to those who write. */
const maxConnections = 4;

export interface DashboardSurroundings {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the subscribers of this process. */
  readonly subscribers: () => readonly SubscriberStatus[];
}

export interface DashboardSide {
  /** Counts a delivery by what it was answered. */
  countDelivery(result: string): void;
  /** How many connections for live updates there are. */
  viewers(): number;
  /** After the server has closed. */
  close(): Promise<void>;
}

/** The page and its API, with what they need of the other parts. */
export function startDashboard(app: FastifyInstance, surroundings: DashboardSurroundings): DashboardSide {
  const { config, ledger, clock, logger } = surroundings;
  const pool = createPool(surroundings.databaseUrl, 'dashboard', logger, maxConnections);
  const since = clock.now();
  const byResult = new Map<string, number>();
  const dashboard = registerDashboard(app, {
    ...portsOf(surroundings, pool),
    deliveries: () => ({ since, byResult }),
    host: config.host,
    publicUrl: config.publicUrl,
    adminToken: config.adminToken,
    ledgerId: ledger.log.ledgerId,
  });
  return {
    countDelivery: (result) => void byResult.set(result, (byResult.get(result) ?? 0) + 1),
    viewers: () => dashboard.live.viewers,
    close: () => pool.end(),
  };
}

function portsOf(
  { config, databaseUrl, ledger, clock, logger, subscribers }: DashboardSurroundings,
  pool: DashboardPorts['pool'],
): Omit<DashboardPorts, 'deliveries'> {
  const { store, log } = ledger;
  const rebuildable = allProjections.map(({ name }) => name);
  return {
    ...{ store, pool, clock, logger, rebuildable },
    notifyMaxAgeMs: config.notifyMaxAgeMs,
    async followers() {
      const standings = await readStandings(pool, allProjections);
      return standings.map((standing) => ({ ...standing, rebuildable: rebuildable.includes(standing.name) }));
    },
    async standings() {
      const { rows } = await pool.query<{ name: string; position: string; parked: number }>(readCheckpoints);
      return rows.map((row) => ({ ...row, position: BigInt(row.position) }));
    },
    errorOf: (name) => subscribers().find((status) => status.name === name)?.error ?? null,
    rebuild: ({ projections, ...request }) =>
      rebuild({
        ...{ databaseUrl, store, log, ...request },
        projections: allProjections.filter(({ name }) => projections.includes(name)),
      }),
    repositories: () => readRepositories(pool),
    doctor: (signal) => runDoctor({ load: () => config, clock, signal }),
    async retryNotifications(which) {
      const results = await retryNotifications({ pool, store, clock }, which === 'all' ? null : which);
      return results.filter(({ outcome }) => outcome === 'retried').length;
    },
    async retryTriggers(which) {
      const { maxAgeMs } = config.dagEngine;
      const outcomes = await retryTriggers({ pool, store, clock, maxAgeMs }, which);
      return [...outcomes.values()].filter((outcome) => outcome === 'retried').length;
    },
  };
}
