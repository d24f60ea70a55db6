import type { PushReceived } from '../../events/push-received.ts';

/** What is to be asked about a push. */
export interface Needs {
  /** All of its commits: the delivery lists some of them only. */
  readonly commits: boolean;
  /** Whether it took commits off the branch: no delivery tells. */
  readonly forced: boolean;
}

/**
 * Null for a push that tells all there is to know. Only branches bring commits: a tag points to some that a branch has
 * brought, and what was deleted has none.
 */
export function needsOf(push: PushReceived): Needs | null {
  if (push.refKind !== 'branch' || push.kind === 'deleted') return null;
  const commits = push.totalIsFloor || push.totalCommits > push.commits.length;
  // Without `before` there is nothing that could have been taken off, or nobody knows what.
  const forced = push.kind !== 'created' && push.before !== null;
  return commits || forced ? { commits, forced } : null;
}
