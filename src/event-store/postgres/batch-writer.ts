import pg from 'pg';
import type { EncodedEvent } from '../../events/codec.ts';
import { endConnection } from '../../postgres/end-connection.ts';
import { connectionOptions } from '../../postgres/pool.ts';
import { type Clock, notNeeded } from '../../runtime/clock.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { backoffMs } from '../../runtime/retry.ts';
import type { AppendOutcome } from '../event-store.ts';
import { appendBatch, isRefusalOfData } from './append-batch.ts';

/** Batches of 50 to 100 reach 80 to 95 % of one connection's ceiling; larger ones only add latency. */
const maxBatchEvents = 128;
const maxBatchBytes = 8 * 1024 * 1024;
/** What may wait; beyond it, appends are refused at once instead of growing the memory. */
const maxQueuedEvents = 20_000;
const maxQueuedBytes = 128 * 1024 * 1024;
const reconnectPolicy = { firstMs: 50, maxMs: 1_000 };

export interface BatchWriterOptions {
  readonly databaseUrl: string;
  /** An append that has no answer by then is given up, in milliseconds. Gitea itself waits 5 s. */
  readonly appendTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Waiting {
  readonly event: EncodedEvent;
  readonly bytes: number;
  settled: boolean;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (error: CodedError) => void;
}

export interface BatchWriter {
  append(event: EncodedEvent): Promise<AppendOutcome>;
  /** Finishes what was accepted, then closes the connection. */
  close(): Promise<void>;
}

/**
 * The one writer of this process: while a batch is on its way, what comes in waits and becomes the next batch.
 * A batch whose answer was lost is sent again; its events keep their ids, so nothing is stored twice.
 */
export function createBatchWriter(options: BatchWriterOptions): BatchWriter {
  const { clock, logger } = options;
  const queue: Waiting[] = [];
  let queuedBytes = 0;
  let closed = false;
  let running: Promise<void> | null = null;
  let client: pg.Client | null = null;

  async function connected(): Promise<pg.Client> {
    if (client) return client;
    const fresh = new pg.Client({
      ...connectionOptions(options.databaseUrl, 'writer'),
      connectionTimeoutMillis: options.appendTimeoutMs,
      query_timeout: options.appendTimeoutMs,
    });
    fresh.on('error', (error) => {
      logger.warn({ err: error }, 'the connection of the event writer was lost');
      if (client === fresh) client = null;
    });
    try {
      await fresh.connect();
      // A promise of durability must not hang on the server's own default.
      await fresh.query('set synchronous_commit = on');
    } catch (error) {
      // Nobody else knows of it: not ended here, each attempt would leave a connection at the server.
      endConnection(fresh, clock);
      throw error;
    }
    client = fresh;
    return fresh;
  }

  function disconnect(): void {
    const broken = client;
    client = null;
    // The other side may be frozen, and the next attempt has no time to wait for it.
    if (broken) endConnection(broken, clock);
  }

  function takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    while (queue.length > 0 && batch.length < maxBatchEvents) {
      const [next] = queue;
      if (!next || (batch.length > 0 && bytes + next.bytes > maxBatchBytes)) break;
      queue.shift();
      queuedBytes -= next.bytes;
      if (next.settled) continue;
      batch.push(next);
      bytes += next.bytes;
    }
    return batch;
  }

  /**
   * Ends in the very step in which it finds the queue empty. Were `running` cleared only when this promise is seen to
   * be settled, an append that comes in between would find a writer that no longer looks, and wait for the next one.
   */
  async function drain(): Promise<void> {
    try {
      for (let batch = takeBatch(); batch.length > 0; batch = takeBatch()) {
        await writeUntilSettled(batch);
      }
    } finally {
      running = null;
    }
  }

  async function writeUntilSettled(batch: readonly Waiting[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const open = batch.filter((waiting) => !waiting.settled);
      if (open.length === 0) return;
      try {
        const outcomes = await appendBatch(
          await connected(),
          open.map((waiting) => waiting.event),
        );
        open.forEach((waiting, index) => {
          const outcome = outcomes[index];
          if (outcome) waiting.resolve(outcome);
          else
            waiting.reject(
              new CodedError('STORE_UNAVAILABLE', `no answer for stream ${waiting.event.stream}`),
            );
        });
        return;
      } catch (error) {
        if (isRefusalOfData(error)) {
          await refuse(open, error);
          return;
        }
        disconnect();
        const pauseMs = backoffMs(attempt, reconnectPolicy, Math.random());
        logger.warn(
          { err: error, attempt, events: open.length, pauseMs },
          'an append failed and is tried again',
        );
        await clock.sleep(pauseMs);
      }
    }
  }

  /** One event that the database refuses must not take the rest of its batch with it. */
  async function refuse(open: readonly Waiting[], error: unknown): Promise<void> {
    const [only] = open;
    if (open.length === 1 && only) {
      only.reject(
        new CodedError('STORE_UNAVAILABLE', `stream ${only.event.stream} was refused: ${messageOf(error)}`, {
          cause: error,
          context: { refused: true },
        }),
      );
      return;
    }
    for (const waiting of open) await writeUntilSettled([waiting]);
  }

  function enqueue(event: EncodedEvent): Promise<AppendOutcome> {
    const bytes = event.data.length + event.metadata.length + (event.body?.length ?? 0);
    if (closed) return Promise.reject(new CodedError('SHUTTING_DOWN'));
    if (queue.length >= maxQueuedEvents || queuedBytes + bytes > maxQueuedBytes) {
      return Promise.reject(
        new CodedError('STORE_UNAVAILABLE', `${queue.length} appends are waiting already`),
      );
    }
    return new Promise((resolve, reject) => {
      const timer = new AbortController();
      const settle = <T>(done: (value: T) => void) => {
        return (value: T) => {
          if (waiting.settled) return;
          waiting.settled = true;
          timer.abort(notNeeded);
          done(value);
        };
      };
      const waiting: Waiting = {
        event,
        bytes,
        settled: false,
        resolve: settle(resolve),
        reject: settle(reject),
      };
      const { appendTimeoutMs } = options;
      clock.sleep(appendTimeoutMs, timer.signal).then(
        () => waiting.reject(new CodedError('STORE_UNAVAILABLE', `no answer within ${appendTimeoutMs} ms`)),
        () => undefined,
      );
      queue.push(waiting);
      queuedBytes += bytes;
      running ??= drain();
    });
  }

  return {
    append: enqueue,
    async close() {
      closed = true;
      await running;
      const last = client;
      client = null;
      if (last) await endConnection(last, clock);
    },
  };
}
