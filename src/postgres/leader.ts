import pg from 'pg';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { retry } from '../runtime/retry.ts';
import { endConnection } from './end-connection.ts';
import { connectionOptions } from './pool.ts';

/** How often one that is not the leader asks again, and how often the leader's connection is looked at. */
const checkMs = 1_000;
/** A connection that does not answer by then is lost, in milliseconds. */
const answerTimeoutMs = 2_000;

export interface LeadershipOptions {
  /** What is led; of all processes on the database one leads it at a time. */
  readonly name: string;
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Runs `work` while this process holds the advisory lock of that name; its signal aborts when the lock's connection
 * is lost, and it is run again once the lock is held again. Returns when `options.signal` aborts and `work` has ended.
 *
 * The lock only saves work: what fences an old leader is the checkpoint's compare-and-set.
 */
export async function runAsLeader(
  options: LeadershipOptions,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { clock, logger, name, signal } = options;
  const lead = async (gotOn: () => void) => {
    const client = new pg.Client({
      ...connectionOptions(options.databaseUrl, `leader ${name}`),
      query_timeout: answerTimeoutMs,
    });
    const over = new AbortController();
    client.on('error', (error) => over.abort(error));
    client.on('end', () => over.abort(new Error('the connection was closed')));
    const term = AbortSignal.any([signal, over.signal]);
    try {
      await client.connect();
      await acquire(client, name, clock, term);
      logger.debug({ leader: name }, 'this process leads');
      await Promise.all([
        watch(client, clock, term, over, gotOn),
        work(term).finally(() => over.abort(new Error('the work ended'))),
      ]);
      term.throwIfAborted();
    } finally {
      await endConnection(client, clock);
    }
  };
  try {
    await retry(lead, {
      clock,
      signal,
      policy: { firstMs: 100, maxMs: 5_000 },
      onFailure: (error, attempt, pauseMs) =>
        logger.warn({ err: error, leader: name, attempt, pauseMs }, 'leadership was lost'),
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Asks for the lock until it is free. The lock is the session's, so the server frees it when we are killed. */
async function acquire(client: pg.Client, name: string, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await client.query<{ held: boolean }>(
      `select pg_try_advisory_lock(hashtext('pushledger'), hashtext($1)) as held`,
      [name],
    );
    if (rows[0]?.held) return;
    await clock.sleep(checkMs, signal);
  }
}

/** Ends the term when the connection no longer answers: behind a half-open one the lock may be somebody else's. */
async function watch(
  client: pg.Client,
  clock: Clock,
  term: AbortSignal,
  over: AbortController,
  stillLeads: () => void,
): Promise<void> {
  while (!term.aborted) {
    try {
      await clock.sleep(checkMs, term);
      await client.query('select 1');
      stillLeads();
    } catch (error) {
      over.abort(error);
    }
  }
}
