import type { LiveStatus } from '../api/schemas/live.ts';
import type { Rebuild } from '../api/schemas/projections.ts';
import type { DashboardPorts } from '../ports.ts';
import { countOpen } from './notifications.ts';
import { lagOf, readHead } from './projections.ts';

export async function readStatus(ports: DashboardPorts, rebuild: Rebuild | null): Promise<LiveStatus> {
  const [head, standings, notifications] = await Promise.all([
    readHead(ports),
    ports.standings(),
    countOpen(ports),
  ]);
  return {
    head: head === null ? null : String(head),
    projections: standings.map((standing) => ({
      name: standing.name,
      position: String(standing.position),
      lag: lagOf(standing, head),
      parked: standing.parked,
    })),
    notifications,
    rebuild,
  };
}
