import { execFile } from 'node:child_process';
import type { Clock } from './clock.ts';
import { messageOf } from './errors.ts';
import type { Logger } from './logger.ts';

export interface ServiceManagerOptions {
  /** With what systemd sets: `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Runs `systemd-notify`. */
  readonly run?: (args: readonly string[]) => Promise<void>;
}

/** Tells systemd (`Type=notify`) how it goes; does nothing where nobody asked for it. */
export interface ServiceManager {
  /** The work can begin. Signs of life follow from now on, as often as `WatchdogSec=` asks. */
  ready(status: string): Promise<void>;
  stopping(): void;
}

/**
 * The socket is a Unix datagram socket, which Node does not have, and every package that has it compiles at install
 * time. The program that systemd brings along does it; it needs `NotifyAccess=all`, as it is a child of ours.
 */
export function serviceManager(options: ServiceManagerOptions): ServiceManager {
  const { env, pid, clock, logger, run = runNotify } = options;
  if (!env.NOTIFY_SOCKET) return { ready: async () => undefined, stopping: () => undefined };
  let warned = false;
  const tell = async (...args: string[]) => {
    try {
      await run(args);
    } catch (error) {
      if (!warned)
        logger.warn({ reason: messageOf(error) }, 'systemd could not be told; is systemd-notify there?');
      warned = true;
    }
  };

  const over = new AbortController();

  /** Until the stop, which has a bound of its own. */
  async function giveSignsOfLife(everyMs: number): Promise<void> {
    while (!over.signal.aborted) {
      await clock.sleep(everyMs, over.signal).catch(() => undefined);
      if (!over.signal.aborted) await tell('WATCHDOG=1');
    }
  }

  return {
    async ready(status) {
      await tell('--ready', `--status=listening at ${status}`);
      const everyMs = watchdogMs(env, pid);
      if (everyMs !== null) void giveSignsOfLife(everyMs);
    },
    stopping() {
      over.abort();
      void tell('STOPPING=1');
    },
  };
}

/** See sd_watchdog_enabled(3). Null where no signs of life are asked of this process. */
export function watchdogMs(
  { WATCHDOG_USEC, WATCHDOG_PID }: ServiceManagerOptions['env'],
  pid: number,
): number | null {
  const microseconds = Number(WATCHDOG_USEC ?? 0);
  const meant = !WATCHDOG_PID || Number(WATCHDOG_PID) === pid;
  return meant && Number.isSafeInteger(microseconds) && microseconds > 0 ? microseconds / 2_000 : null;
}

function runNotify(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('systemd-notify', args, { timeout: 5_000 }, (error) => (error ? reject(error) : resolve()));
  });
}
