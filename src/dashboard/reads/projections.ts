import type { Projection } from '../api/schemas/projections.ts';
import type { DashboardPorts } from '../ports.ts';

/** Enough to see what is wrong; `projections list` has all of them. */
const parkedShown = 100;

/** Where the log ends; null while it cannot be read. */
export async function readHead({ store }: Pick<DashboardPorts, 'store'>): Promise<bigint | null> {
  return store.head().catch(() => null);
}

export async function readProjections(ports: DashboardPorts, head: bigint | null): Promise<Projection[]> {
  const followers = await ports.followers();
  return followers.map((follower) => ({
    name: follower.name,
    rebuildable: follower.rebuildable,
    version: follower.version,
    position: String(follower.position),
    lag: lagOf(follower, head),
    error: ports.errorOf(follower.name),
    parked: follower.parked.filter(({ skippedAt }) => skippedAt === null).length,
    parkedEvents: follower.parked.slice(0, parkedShown).map((event) => ({
      eventId: event.eventId,
      type: event.type,
      error: event.error,
      attempts: event.attempts,
      parkedAt: event.parkedAt.toISOString(),
      skippedAt: event.skippedAt?.toISOString() ?? null,
    })),
  }));
}

export function lagOf({ position }: { readonly position: bigint }, head: bigint | null): number | null {
  return head === null ? null : Math.max(0, Number(head - position));
}
