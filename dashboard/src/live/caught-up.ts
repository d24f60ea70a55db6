import type { LiveStatus } from '../../../src/dashboard/api/schemas/live.ts';

/** Whether everything that follows the log has come as far as a position. */
export function hasCaughtUp({ projections }: Pick<LiveStatus, 'projections'>, position: string): boolean {
  return projections.every((follower) => BigInt(follower.position) >= BigInt(position));
}
