import type { Pool } from 'pg';
import type { EventStore } from '../event-store/event-store.ts';
import type { MessageId, PushId } from '../events/ids.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { DoctorReport } from './api/schemas/doctor.ts';

/** Something that follows the log, by its checkpoint. */
export interface Follower {
  readonly name: string;
  readonly rebuildable: boolean;
  readonly version: number | null;
  readonly position: bigint;
  readonly parked: readonly {
    readonly eventId: string;
    readonly type: string;
    readonly error: string;
    readonly attempts: number;
    readonly parkedAt: Date;
    readonly skippedAt: Date | null;
  }[];
}

export interface Standing {
  readonly name: string;
  readonly position: bigint;
  /** How many events nobody has decided about yet. */
  readonly parked: number;
}

export interface RebuildResult {
  readonly projection: string;
  readonly differences: readonly {
    readonly table: string;
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
  }[];
}

export interface HookState {
  /** owner/name */
  readonly fullName: string;
  /** ISO 8601. */
  readonly lastPushAt: string | null;
  readonly hook: 'installed' | 'seen' | 'removed' | 'unknown';
}

/** Makes projections anew; throws CodedError REBUILD_RUNNING while another process does. */
export type RunRebuild = (request: {
  readonly projections: readonly string[];
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly events: number; readonly position: bigint }) => void;
}) => Promise<readonly RebuildResult[]>;

/** What the dashboard gets of other parts, which it knows nothing of. */
export interface DashboardPorts {
  readonly store: EventStore;
  /** Of its own, so that viewers never take a connection from those who write. */
  readonly pool: Pool;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A push older than this is not announced, in milliseconds. */
  readonly notifyMaxAgeMs: number;
  readonly followers: () => Promise<readonly Follower[]>;
  /** The same in short, cheap enough to be asked every second. */
  readonly standings: () => Promise<readonly Standing[]>;
  /** Why a follower of this process does not move; by its name. */
  readonly errorOf: (name: string) => string | null;
  readonly rebuildable: readonly string[];
  readonly rebuild: RunRebuild;
  /** Deliveries that this process answered since it started, by result. */
  readonly deliveries: () => { readonly since: Date; readonly byResult: ReadonlyMap<string, number> };
  /** Repositories that were seen or hooked. */
  readonly repositories: () => Promise<readonly HookState[]>;
  readonly doctor: (signal: AbortSignal) => Promise<DoctorReport['checks']>;
  /**
   * Tries parked messages again: one, or all of them.
   *
   * @returns how many; 0 where none of them is parked
   */
  readonly retryNotifications: (which: readonly MessageId[] | 'all') => Promise<number>;
  /** The same for DAG runs, by push. */
  readonly retryTriggers: (which: readonly PushId[]) => Promise<number>;
}
