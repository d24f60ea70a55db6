import type { EventStore } from '../../event-store/event-store.ts';
import type { StoredEvent } from '../../events/codec.ts';
import type { Position } from '../../events/ids.ts';
import type { Clock } from '../../runtime/clock.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { LiveStatus } from '../api/schemas/live.ts';
import { catchUp } from './catch-up.ts';
import { changesOf } from './changes.ts';
import { firstFrame, frame } from './frames.ts';
import { createRecent, type Recent } from './recent.ts';
import { giveLog, giveSignOfLife, giveStatus, type NumberedStatus, type Viewer } from './viewer.ts';

/** How often the log is looked at, the status asked for, and a sign of life given, in milliseconds. */
const lookMs = 250;
const statusMs = 1_000;
const heartbeatMs = 15_000;
const maxViewers = 500;
const pageSize = 500;
/** Pages that are read in one go; then the deliveries get their turn. */
const maxPages = 4;

export interface LiveOptions {
  readonly store: Pick<EventStore, 'head' | 'readPage'>;
  readonly readStatus: () => Promise<LiveStatus>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Tells viewers what happens, from one look at the log for all of them: it is looked at only while somebody watches,
 * and as often for a hundred as for one.
 */
export interface Live {
  /**
   * @param after the position that it has seen the log up to; null to begin now
   * @param begin called before the first byte is written
   * @throws CodedError VIEWERS_FULL
   */
  join(viewer: Pick<Viewer, 'out' | 'mayStay'>, after: bigint | null, begin?: () => void): void;
  leave(out: Viewer['out']): void;
  readonly viewers: number;
  close(): Promise<void>;
}

export function createLive(options: LiveOptions): Live {
  const { store, clock, logger } = options;
  const viewers = new Map<Viewer['out'], Viewer>();
  const closing = new AbortController();
  let watching: Promise<void> | null = null;

  /** From the log itself, for one that comes back with a place before what is kept. Left behind, it is told of a gap. */
  const bringUp = async (viewer: Viewer, from: bigint, recent: Recent) => {
    viewer.catchingUp = true;
    try {
      const caughtUp = await catchUp(store, from, recent.to);
      if (caughtUp) {
        if (caughtUp.bytes && !viewer.out.destroyed) viewer.out.write(caughtUp.bytes);
        viewer.position = caughtUp.position;
      }
    } catch (error) {
      logger.warn({ reason: messageOf(error) }, 'a viewer could not be brought up from the log');
    } finally {
      viewer.catchingUp = false;
    }
  };

  const giveAll = (recent: Recent | null, status: NumberedStatus | null) => {
    for (const viewer of viewers.values()) {
      if (status) giveStatus(viewer, status);
      if (!recent) continue;
      viewer.position ??= recent.to;
      const comesBack = viewer.isNew && viewer.position < recent.from;
      viewer.isNew = false;
      if (comesBack) void bringUp(viewer, viewer.position, recent);
      else giveLog(viewer, recent);
    }
  };

  const signOfLife = () => {
    for (const viewer of viewers.values()) {
      giveSignOfLife(viewer);
      viewer.mayStay().then(
        (stays) => stays || viewer.out.end(),
        // Not to be found out now: the next sign of life asks again.
        () => undefined,
      );
    }
  };

  /** Until nobody watches any more. What it keeps goes with the last viewer: who comes back is brought up from the log. */
  const watch = async () => {
    let recent: Recent | null = null;
    let status: NumberedStatus | null = null;
    let failing = false;
    let statusAt = Number.NEGATIVE_INFINITY;
    let heartbeatAt = clock.now().getTime();
    while (viewers.size > 0 && !closing.signal.aborted) {
      const now = clock.now().getTime();
      if (now - heartbeatAt >= heartbeatMs) {
        signOfLife();
        heartbeatAt = now;
      }
      try {
        recent ??= createRecent(await store.head());
        await look(store, recent);
        if (now - statusAt >= statusMs) {
          status = numbered(await options.readStatus(), status);
          statusAt = now;
        }
        failing = false;
      } catch (error) {
        if (!failing)
          logger.warn({ reason: messageOf(error) }, 'viewers cannot be told anything at the moment');
        failing = true;
      }
      giveAll(recent, status);
      await clock.sleep(failing ? statusMs : lookMs, closing.signal).catch(() => undefined);
    }
  };

  const start = () => {
    watching ??= watch().finally(() => {
      watching = null;
      if (viewers.size > 0 && !closing.signal.aborted) start();
    });
  };

  return {
    get viewers() {
      return viewers.size;
    },
    join({ out, mayStay }, after, begin) {
      if (viewers.size >= maxViewers) throw new CodedError('VIEWERS_FULL', `${maxViewers}; try again later`);
      viewers.set(out, {
        ...{ out, mayStay, position: after, isNew: true, catchingUp: false },
        ...{ statusNumber: 0, missedHeartbeats: 0 },
      });
      begin?.();
      out.write(firstFrame);
      start();
    },
    leave: (out) => void viewers.delete(out),
    async close() {
      closing.abort();
      for (const { out } of viewers.values()) out.end();
      viewers.clear();
      await watching;
    },
  };
}

/** What the log has got since it was looked at last, as one frame. */
async function look(store: LiveOptions['store'], recent: Recent): Promise<void> {
  const found: StoredEvent[] = [];
  for (let pages = 0; pages < maxPages; pages++) {
    const page = await store.readPage((found.at(-1)?.position ?? recent.to) as Position, pageSize);
    found.push(...page.events);
    if (page.caughtUp || page.events.length === 0) break;
  }
  const last = found.at(-1);
  if (!last) return;
  const changes = changesOf(found);
  recent.add(last.position, changes && frame('changes', changes, last.position));
}

/** With the number of the one before it where nothing has changed. */
function numbered(status: LiveStatus, before: NumberedStatus | null): NumberedStatus {
  const bytes = frame('status', status);
  return before?.bytes.equals(bytes) ? before : { number: (before?.number ?? 0) + 1, bytes };
}
