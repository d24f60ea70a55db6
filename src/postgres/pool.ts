import pg from 'pg';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';

/** How long a connection attempt may take, in milliseconds. */
const connectTimeoutMs = 5_000;
/** No statement of ours runs this long; one that does waits for something that will not come. In milliseconds. */
const statementTimeoutMs = 30_000;

/** The options that every connection of ours has in common. */
export function connectionOptions(url: string, role: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: `pushledger ${role}`,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  };
}

export function createPool(url: string, role: string, logger: Logger, max = 6): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOptions(url, role),
    max,
    statement_timeout: statementTimeoutMs,
    // A server that went silent (frozen, half-open connection) is given up by our own clock.
    query_timeout: statementTimeoutMs + 1_000,
  });
  // Without a listener the loss of an idle connection would end the process.
  pool.on('error', (error) => {
    // While the pool ends, its goodbyes may cross those of a server that is stopped.
    if (pool.ending) return;
    // The text alone: the pool adds the whole connection to the error.
    logger.warn({ reason: messageOf(error) }, 'an idle database connection was lost');
  });
  // The pool itself listens to idle connections only. One that is handed out is without a listener until its new
  // owner has awaited it, and what ends in the same packet that begins it is lost just then.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
