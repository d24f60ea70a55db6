import type { PushEnriched } from '../../../src/events/push-enriched.ts';
import type { PushReceived } from '../../../src/events/push-received.ts';
import type { AnnouncedPush } from '../../../src/notifier/announced-push.ts';

/** A push as a message gets it, with what a test lets Gitea's API tell of it. */
export function announced(push: PushReceived, told: Partial<PushEnriched> | null = null): AnnouncedPush {
  if (told === null) return { push, enrichment: null };
  return {
    push,
    enrichment: {
      pushId: push.pushId,
      enrichedAt: push.receivedAt,
      commits: [],
      totalCommits: null,
      truncated: false,
      forced: null,
      notes: [],
      ...told,
    },
  };
}
