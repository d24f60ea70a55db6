import {
  type PostgreSQLProjectionDefinition,
  type PostgresReadEvent,
  postgreSQLProjection,
} from '@event-driven-io/emmett-postgresql';
import type { DomainEvent } from '../../../src/events/event.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import { putChanges } from '../../../src/projections/put-rows.ts';
import { emmettPlace } from './tables.ts';

export type Pushed = { type: 'PushReceived'; data: Record<string, unknown> };

/**
 * One of our projections as one of Emmett's: our fold and our statements, in Emmett's transaction. The state stays in
 * memory, as in our rebuild, and the events are not validated, as Emmett does not ask for it.
 */
export function projectionFor(projection: Projection): PostgreSQLProjectionDefinition<Pushed> {
  const state = projection.empty();
  return postgreSQLProjection<Pushed>({
    name: projection.name,
    canHandle: ['PushReceived'],
    handle: (events, { connection }) =>
      putChanges(connection.client, emmettPlace, projection.fold(state, events.map(domainEventOf))),
    truncate: async ({ connection }) => {
      await connection.client.query(`truncate ${projection.tables.map(emmettPlace).join(', ')}`);
    },
  });
}

function domainEventOf({ type, data, metadata }: PostgresReadEvent<Pushed>): DomainEvent {
  const { messageId: id, streamName: stream, globalPosition: position } = metadata;
  // What Emmett has stored is what our log gave it.
  return { type, stream, id, position, data, metadata } as unknown as DomainEvent;
}
