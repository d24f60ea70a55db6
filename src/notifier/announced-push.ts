import type { DataOf } from '../events/catalogue.ts';
import type { PushReceived } from '../events/push-received.ts';

/** What Gitea's API told about a push after it had come. */
export type Enrichment = DataOf<'PushEnriched'>;

/** A push as a message tells it. */
export interface AnnouncedPush {
  readonly push: PushReceived;
  /** Null where none has come. */
  readonly enrichment: Enrichment | null;
}
