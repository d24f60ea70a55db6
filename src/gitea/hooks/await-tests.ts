import type { EventStore } from '../../event-store/event-store.ts';
import { decodeEvent } from '../../events/codec.ts';
import type { Position } from '../../events/ids.ts';
import type { Clock } from '../../runtime/clock.ts';

const pageSize = 500;
/** Between two looks at the end of the log, in milliseconds. */
const lookEveryMs = 200;

/**
 * Waits for test deliveries of these repositories behind a position of the log.
 *
 * @param isOver asked at the end of the log; true ends the wait before the time
 * @returns the ids of those that came within `patienceMs` milliseconds
 */
export async function awaitTestDeliveries(
  { store, clock }: { readonly store: EventStore; readonly clock: Clock },
  options: {
    readonly after: Position;
    readonly repositoryIds: readonly number[];
    readonly patienceMs: number;
    readonly signal: AbortSignal;
    readonly isOver?: () => Promise<boolean>;
    readonly onArrived?: (arrived: number) => void;
  },
): Promise<ReadonlySet<number>> {
  const wanted = new Set(options.repositoryIds);
  const arrived = new Set<number>();
  const end = clock.now().getTime() + options.patienceMs;
  let { after } = options;
  while (arrived.size < wanted.size) {
    const { events, caughtUp } = await store.readPage(after, pageSize);
    after = events.at(-1)?.position ?? after;
    for (const event of events.map(decodeEvent)) {
      if (event?.type !== 'TestDeliveryReceived') continue;
      if (wanted.has(event.data.repository.id)) arrived.add(event.data.repository.id);
    }
    options.onArrived?.(arrived.size);
    if (!caughtUp) continue;
    if (clock.now().getTime() >= end || (await options.isOver?.())) break;
    if (arrived.size < wanted.size) await clock.sleep(lookEveryMs, options.signal);
  }
  return arrived;
}
