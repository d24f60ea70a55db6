import pg from 'pg';
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
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle database connection was lost'));
  return pool;
}
