import type { FastifyInstance } from 'fastify';
import type { Secret } from '../config/secret.ts';
import type { Access } from './access/access.ts';
import { createAccess } from './access/access.ts';
import { createAttempts } from './access/attempts.ts';
import { cookieName } from './access/cookie.ts';
import { createSessions } from './access/sessions.ts';
import { endpoints } from './api/endpoints/all.ts';
import { registerApi } from './api/register.ts';
import type { Activity } from './api/schemas/activity.ts';
import type { DoctorReport } from './api/schemas/doctor.ts';
import type { HookedRepository } from './api/schemas/hooks.ts';
import type { NodeList } from './api/schemas/nodes.ts';
import { createKept } from './kept.ts';
import { createLive, type Live } from './live/live.ts';
import { registerPage } from './page/page.ts';
import type { DashboardPorts } from './ports.ts';
import { readStatus } from './reads/status.ts';
import { createRebuilds, type Rebuilds } from './rebuilds.ts';

export interface DashboardOptions extends DashboardPorts {
  /** The address that we listen on. */
  readonly host: string;
  readonly publicUrl: string | null;
  readonly adminToken: Secret | null;
  readonly ledgerId: string;
}

/** What every endpoint has at hand. */
export interface Dashboard {
  readonly ports: DashboardPorts;
  readonly access: Access;
  readonly cookieName: string;
  readonly live: Live;
  readonly rebuilds: Rebuilds;
  /** Answers that cost much, kept for some seconds. */
  readonly kept: {
    readonly activity: ReturnType<typeof createKept<Activity>>;
    /** Of more than a month, which takes seconds. */
    readonly longActivity: ReturnType<typeof createKept<Activity>>;
    readonly nodes: ReturnType<typeof createKept<NodeList>>;
    readonly closed: ReturnType<typeof createKept<{ sent: number; superseded: number }>>;
    readonly hooks: ReturnType<typeof createKept<readonly HookedRepository[]>>;
    readonly doctor: ReturnType<typeof createKept<DoctorReport>>;
  };
}

/** The page, the API behind it, and what goes on for them. They end when the server closes. */
export function registerDashboard(app: FastifyInstance, options: DashboardOptions): Dashboard {
  const { pool, clock, logger, adminToken, host, publicUrl } = options;
  const name = cookieName(options.ledgerId);
  const rebuilds = createRebuilds({ run: options.rebuild, head: () => options.store.head(), clock, logger });
  const dashboard: Dashboard = {
    ports: options,
    access: createAccess({
      ...{ host, publicUrl, adminToken, cookieName: name },
      sessions: adminToken && createSessions(pool, clock, adminToken),
      attempts: createAttempts(clock),
    }),
    cookieName: name,
    live: createLive({
      store: options.store,
      readStatus: () => readStatus(options, rebuilds.latest()),
      clock,
      logger,
    }),
    rebuilds,
    kept: {
      activity: createKept(clock, 15_000),
      longActivity: createKept(clock, 300_000),
      nodes: createKept(clock, 5_000),
      closed: createKept(clock, 5_000),
      hooks: createKept(clock, 5_000),
      doctor: createKept(clock, 30_000),
    },
  };
  registerApi(app, dashboard, endpoints);
  registerPage(app);
  // Before the server waits for its connections: those of viewers never end by themselves.
  app.addHook('preClose', async () => {
    await dashboard.live.close();
    await rebuilds.stop();
  });
  return dashboard;
}
