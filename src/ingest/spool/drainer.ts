import type { Clock } from '../../runtime/clock.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { backoffMs } from '../../runtime/retry.ts';
import type { VerifiedDelivery } from '../verify-delivery.ts';
import { decodeEntry } from './entry.ts';
import { isPassing, waitForStore } from './patience.ts';
import type { Spool } from './spool.ts';

/** So many repositories are drained side by side; within each, one delivery after another. */
const maxRepositories = 32;
/** After so many deliveries of one repository the others get their turn. */
const maxPerTurn = 64;
/** So many may be in the store and still in the file: a crash makes us append them again, which changes nothing. */
const maxToRemove = 128;
/** The store has so long for one delivery, in milliseconds. */
const attemptTimeoutMs = 5_000;
/** How often we look for what another process put there or made wait again, in milliseconds. */
const pollMs = 1_000;
const backoff = { firstMs: 100, maxMs: 5_000 };

export interface DrainerOptions {
  readonly spool: Spool;
  /** The very code that records what just came. */
  readonly record: (delivery: VerifiedDelivery) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Drainer {
  /** Appends what waits, until the signal aborts; ends between two deliveries. */
  run(signal: AbortSignal): Promise<void>;
  /** There is something new. */
  wake(): void;
  /** Whether deliveries of a repository wait that are not in the store yet. */
  holds(repository: string): boolean;
  /** Why the store is taken to be away; null while it is there. */
  storeTrouble(): string | null;
  storeFailed(error: unknown): void;
  storeWorks(): void;
}

interface Turn {
  readonly stored: number;
  readonly failure: unknown;
}

export function createDrainer(options: DrainerOptions): Drainer {
  const { spool, clock, logger } = options;
  /**
   * In the store, and not yet removed from the file: a full disk may not even let us remove. Of each repository all
   * up to a sequence number are dealt with, and what comes live must not wait for the rest.
   */
  const stored = new Set<number>();
  const drainedUpTo = new Map<string, number>();
  let trouble: string | null = null;
  let wakeUp = new AbortController();

  function storeFailed(error: unknown): void {
    if (trouble === null) {
      logger.warn({ reason: messageOf(error) }, 'the event store does not take deliveries: they are spooled');
    }
    trouble = messageOf(error);
  }

  function storeWorks(): void {
    if (trouble !== null) logger.info('the event store takes deliveries again');
    trouble = null;
  }

  /** False when the file does not let us, which it has logged. */
  function removeStored(): boolean {
    try {
      if (stored.size > 0) spool.remove(stored);
    } catch {
      return false;
    }
    stored.clear();
    drainedUpTo.clear();
    return true;
  }

  function holds(repository: string): boolean {
    return (spool.newest(repository) ?? 0) > (drainedUpTo.get(repository) ?? 0);
  }

  /** In order, until one fails for now: the next ones of its repository must not overtake it. */
  async function drainRepository(repository: string, signal: AbortSignal): Promise<Turn> {
    let after = drainedUpTo.get(repository) ?? 0;
    let count = 0;
    for (let taken = 0; taken < maxPerTurn && !signal.aborted; taken++) {
      const entry = spool.next(repository, after);
      if (!entry) break;
      after = entry.seq;
      try {
        const delivery = decodeEntry(entry.row);
        await waitForStore(clock, attemptTimeoutMs, options.record(delivery));
      } catch (error) {
        if (isPassing(error)) {
          spool.countAttempt(entry.seq, messageOf(error));
          return { stored: count, failure: error };
        }
        spool.park(entry.seq, messageOf(error));
        const { delivery_id: deliveryId } = entry.row as { delivery_id?: unknown };
        logger.error(
          { err: error, deliveryId, repository },
          'a spooled delivery was refused for good and is parked; see: pushledger spool list',
        );
        continue;
      }
      count++;
      stored.add(entry.seq);
      drainedUpTo.set(repository, entry.seq);
      if (stored.size >= maxToRemove) removeStored();
    }
    return { stored: count, failure: null };
  }

  /** While the store is away one repository asks for all; another one each time, as it may be that delivery's fault. */
  async function round(signal: AbortSignal): Promise<'done' | 'again' | 'later'> {
    const removed = removeStored();
    const limit = trouble === null ? maxRepositories : 1;
    const waiting = spool
      .repositories(limit + drainedUpTo.size)
      .filter(holds)
      .slice(0, limit);
    if (waiting.length === 0) {
      storeWorks();
      return removed ? 'done' : 'later';
    }
    const turns = await Promise.allSettled(waiting.map((each) => drainRepository(each, signal)));
    const ended = turns.flatMap((turn) => (turn.status === 'fulfilled' ? [turn.value] : []));
    const failed = ended.find(({ failure }) => failure !== null);
    const gotOn = ended.some((turn) => turn.stored > 0);
    if (gotOn) storeWorks();
    else if (failed) storeFailed(failed.failure);
    const fileFailed = ended.length < turns.length;
    return fileFailed || (failed && !gotOn) ? 'later' : 'again';
  }

  async function idle(signal: AbortSignal): Promise<void> {
    await sleep(pollMs, AbortSignal.any([signal, wakeUp.signal]));
    if (wakeUp.signal.aborted) wakeUp = new AbortController();
  }

  function sleep(ms: number, signal: AbortSignal): Promise<void> {
    return clock.sleep(ms, signal).catch(() => undefined);
  }

  return {
    async run(signal) {
      for (let failures = 0; !signal.aborted; ) {
        // Trouble of the file was logged by it, and is tried again as that of the store is.
        const outcome = await round(signal).catch(() => 'later' as const);
        failures = outcome === 'later' ? failures + 1 : 0;
        if (outcome === 'later') await sleep(backoffMs(failures, backoff, Math.random()), signal);
        if (outcome === 'done') await idle(signal);
      }
      removeStored();
    },
    wake: () => wakeUp.abort(),
    holds,
    storeTrouble: () => trouble,
    storeFailed,
    storeWorks,
  };
}
