import {
  postgreSQLEventStoreConsumer,
  rebuildPostgreSQLProjections,
} from '@event-driven-io/emmett-postgresql';
import pg from 'pg';
import { printMeasured } from '../measured.ts';
import { type Pushed, projectionFor } from './projection-for.ts';
import { createTables, projections } from './tables.ts';
import { wholeBatches } from './whole-batches.ts';

/**
 * Emmett's rebuild into empty tables, in a process of its own:
 * `node rebuild-process.ts <database url> <pushes> emmett|emmett-batches`. Prints one line of JSON.
 */
const [connectionString = '', pushes = '', what = ''] = process.argv.slice(2);
/** What was fastest, beside the defaults of 100 and 50 ms. */
const pulling = { batchSize: 5_000, pullingFrequencyInMs: 0 };

const client = new pg.Client(connectionString);
await client.connect();
await createTables(client);
await client.end();

const consumer =
  what === 'emmett'
    ? rebuildPostgreSQLProjections<Pushed>({
        connectionString,
        pulling,
        projections: projections.map(projectionFor),
      })
    : postgreSQLEventStoreConsumer<Pushed>({
        connectionString,
        pulling,
        stopWhen: { noMessagesLeft: true },
        processors: projections.map(projectionFor).map(wholeBatches),
      });
await printMeasured(what, async () => {
  await consumer.start();
  return Number(pushes);
});
await consumer.close();
