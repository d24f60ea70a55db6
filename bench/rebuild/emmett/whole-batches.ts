import {
  type PostgreSQLProcessor,
  type PostgreSQLProjectionDefinition,
  storeProcessorCheckpoint,
  transactionToPostgreSQLProjectionHandlerContext,
} from '@event-driven-io/emmett-postgresql';
import type { Pushed } from './projection-for.ts';

/**
 * A processor for Emmett's consumer that hands a batch to a projection as a whole, in one of Emmett's transactions and
 * with one of its checkpoints. Emmett 0.42 has none: its projector calls `handle` and moves the checkpoint for each event.
 */
export function wholeBatches({
  name = '',
  handle,
}: PostgreSQLProjectionDefinition<Pushed>): PostgreSQLProcessor<Pushed> {
  let lastProcessedCheckpoint: bigint | null = null;
  return {
    id: name,
    instanceId: name,
    type: 'projector',
    isActive: true,
    init: async () => undefined,
    start: async () => 'BEGINNING',
    close: async () => undefined,
    handle: async (messages, { connection }) => {
      const newCheckpoint = messages.at(-1)?.metadata.globalPosition;
      if (newCheckpoint === undefined || !connection) return;
      const { connectionString, pool } = connection;
      await pool.withTransaction(async (transaction) => {
        const context = await transactionToPostgreSQLProjectionHandlerContext(
          connectionString,
          pool,
          transaction,
        );
        await handle(messages, context);
        const move = { processorId: name, version: 1, lastProcessedCheckpoint, newCheckpoint };
        const stored = await storeProcessorCheckpoint(context.execute, move);
        if (!stored.success) throw new Error(`the checkpoint of ${name} was not moved: ${stored.reason}`);
      });
      lastProcessedCheckpoint = newCheckpoint;
    },
  };
}
