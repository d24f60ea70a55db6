import pg from 'pg';
import type { Config } from '../config/config.ts';
import { acquireEmbeddedPostgres } from '../postgres/embedded/index.ts';
import { connectionOptions } from '../postgres/pool.ts';
import type { Clock } from '../runtime/clock.ts';
import { CodedError, messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { retry } from '../runtime/retry.ts';

/** How often a database that is not there yet (both start at once after a reboot) is asked again. */
const connectAttempts = 8;

export interface Database {
  readonly url: string;
  /** True when the server is the embedded one. */
  readonly embedded: boolean;
  /** Gives it back; the last process that uses an embedded server stops it. */
  release(): Promise<void>;
}

export interface OpenDatabaseOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Start an embedded server again when it dies: for a process that stays. */
  readonly supervise?: boolean;
}

/**
 * The configured database, or the embedded one.
 *
 * @throws CodedError DATABASE_UNREACHABLE or EMBEDDED_POSTGRES_FAILED
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { config, clock, logger, signal, supervise = false } = options;
  if (!config.databaseUrl) {
    const server = await acquireEmbeddedPostgres({
      dataDir: config.dataDir,
      clock,
      logger,
      signal,
      supervise,
      onRestart: () => logger.warn('the embedded PostgreSQL had stopped and was started again'),
    });
    return { url: server.url, embedded: true, release: () => server.release() };
  }
  const url = config.databaseUrl.reveal();
  await retry(() => connectOnce(url), {
    clock,
    signal,
    maxAttempts: connectAttempts,
    policy: { firstMs: 250, maxMs: 5_000 },
    isRetryable: (error) => !isFinal(error),
    onFailure: (error, attempt, pauseMs) =>
      logger.warn({ reason: messageOf(error), attempt, pauseMs }, 'the database does not answer yet'),
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new CodedError('DATABASE_UNREACHABLE', `${messageOf(cause)} (check DATABASE_URL)`, { cause });
  });
  return { url, embedded: false, release: async () => undefined };
}

async function connectOnce(url: string): Promise<void> {
  const client = new pg.Client(connectionOptions(url, 'start'));
  // Told by the rejected promise as well; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    client.end().catch(() => undefined);
  }
}

/** A wrong password (28) or an unknown database (3D) does not mend itself; a refused connection may. */
function isFinal(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(28|3D)/.test(error.code ?? '');
}
