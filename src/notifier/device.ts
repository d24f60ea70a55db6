import type { Pool } from 'pg';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Sender } from './sender.ts';
import { readLastDevice } from './state.ts';

export interface WatchDeviceOptions {
  readonly sender: Sender;
  readonly pool: Pool;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * A homeserver knows transaction ids for a device. When the messages of this process go out from another one than
 * the last message of the log, or from the first that is known, what was planned before may be in its room already,
 * and would be sent again.
 *
 * @returns asked before each attempt: messages that were planned before this time are to be looked for first; null
 *   where the device is the one that it was. Looks once, and again after a failure.
 */
export function watchDevice(options: WatchDeviceOptions): () => Promise<Date | null> {
  const { sender, pool, clock, logger } = options;
  let looking: Promise<Date | null> | null = null;

  async function look(): Promise<Date | null> {
    const device = (await sender.device?.()) ?? null;
    if (device === null) return null;
    const last = await readLastDevice(pool);
    if (last === device) return null;
    if (last !== null) {
      logger.warn(
        { device, last },
        'the access token belongs to another device than before: the homeserver knows no earlier transaction id, so ' +
          'messages whose outcome is unknown are looked for in their rooms first',
      );
    }
    return clock.now();
  }

  return () => {
    looking ??= look().catch((error: unknown) => {
      looking = null;
      throw error;
    });
    return looking;
  };
}
