import type { LiveStatus } from '../../../../src/dashboard/api/schemas/live.ts';
import type { ProjectionList } from '../../../../src/dashboard/api/schemas/projections.ts';

/** A list with the positions of a status, where that is the later of the two. */
export function withStatus(list: ProjectionList, status: LiveStatus): ProjectionList {
  const standings = new Map(status.projections.map((standing) => [standing.name, standing]));
  return {
    head: later(list.head, status.head),
    projections: list.projections.map((projection) => {
      const standing = standings.get(projection.name);
      if (!standing || BigInt(standing.position) < BigInt(projection.position)) return projection;
      const { position, lag, parked } = standing;
      return { ...projection, position, lag, parked };
    }),
    rebuild: status.rebuild ?? list.rebuild,
  };
}

function later(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return BigInt(one) > BigInt(other) ? one : other;
}
