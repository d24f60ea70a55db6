import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type Context, ensureRunning, type Lease } from './ensure-running.ts';
import { asFailure } from './failure.ts';
import { tryLock } from './lease.ts';
import { type Host, type Place, settle } from './place.ts';
import type { Server } from './probe.ts';
import { stopServer } from './server.ts';
import { supervise } from './supervise.ts';

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Ends the acquiring, and the supervision. Not the lease: that is `release`. */
  readonly signal: AbortSignal;
  /** Look at the server every second and start it again when it died. */
  readonly supervise?: boolean;
  /** Called when the supervised server was found dead and is there again; the url may be another one. */
  readonly onRestart?: (url: string) => void;
}

export interface EmbeddedPostgres {
  /** With the password. Follows a restart. */
  readonly url: string;
  /** Gives the lease back, and stops the server when nobody else has one. */
  release(): Promise<void>;
}

export async function acquire(options: EmbeddedPostgresOptions, host: Host): Promise<EmbeddedPostgres> {
  const { clock, logger, signal } = options;
  try {
    const place = await settle(options.dataDir, host);
    return await start(options, { place, clock, logger, signal });
  } catch (error) {
    throw asFailure(error, signal);
  }
}

async function start(options: EmbeddedPostgresOptions, context: Context): Promise<EmbeddedPostgres> {
  const { place, logger } = context;
  const lease: Lease = { use: undefined };
  let server: Server;
  try {
    server = await ensureRunning(lease, context);
  } catch (error) {
    await leave(lease, place).catch((err: unknown) => logger.error({ err }, 'could not stop the server'));
    throw error;
  }
  const ended = new AbortController();
  const watched = { ...context, signal: AbortSignal.any([context.signal, ended.signal]) };
  const restart = async () => {
    server = await ensureRunning(lease, watched);
    options.onRestart?.(server.url);
  };
  const supervision = options.supervise ? supervise(watched, () => server.pid, restart) : undefined;
  let released: Promise<void> | undefined;
  return {
    get url() {
      return server.url;
    },
    release: () => {
      ended.abort();
      released ??= Promise.resolve(supervision).then(() => leave(lease, place));
      return released;
    },
  };
}

/** The last one out stops the server. */
async function leave(lease: Lease, place: Place): Promise<void> {
  lease.use?.release();
  lease.use = undefined;
  const alone = tryLock(place.lockPath, 'stop');
  if (alone) await stopServer(place).finally(() => alone.release());
}
