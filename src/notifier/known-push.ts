import type { PushReceived } from '../events/push-received.ts';
import type { AnnouncedPush } from './announced-push.ts';

/** A push with the best that is known of it: from its delivery, or from Gitea's API where that has told more. */
export type KnownPush = PushReceived & {
  /** Whether commits were taken off the branch; null where nobody knows. */
  readonly forced: boolean | null;
};

export function knownPush({ push, enrichment }: AnnouncedPush): KnownPush {
  if (enrichment === null) return { ...push, forced: null };
  const commits = enrichment.commits.length > 0 ? enrichment.commits : push.commits;
  const { totalCommits, truncated, forced } = enrichment;
  return {
    ...push,
    commits,
    totalCommits: totalCommits ?? Math.max(push.totalCommits, commits.length),
    totalIsFloor: totalCommits === null && (push.totalIsFloor || truncated),
    forced,
  };
}

/** A tag points at commits that some branch brought, and what was deleted or rewound brings none. */
export function bringsCommits(push: PushReceived): boolean {
  return push.refKind !== 'tag' && push.kind !== 'deleted' && push.totalCommits > 0;
}
