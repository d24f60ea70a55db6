import type { DomainEvent } from '../events/event.ts';
import { streamOf } from '../events/ids.ts';
import type { LateTaker } from '../subscription/retry-parked.ts';
import type { ChooseDag } from './choose-dag.ts';
import { record } from './record.ts';

/**
 * Takes parked events after all. A push is then due, unless dag_engine has run it already or it stands before the first
 * start. Failures and retries are another matter: what they make of a push depends on which of them came last.
 */
export function lateTrigger(chooseDag: ChooseDag): LateTaker {
  return {
    name: 'trigger',
    lateTypes: new Set(['PushReceived', 'DagTriggered', 'DagTriggersStarted']),
    relatedTo: (event) => (event.type === 'PushReceived' ? outcomeStreams(event) : []),
    async handle(transaction, events) {
      const [event, ...related] = events;
      if (!event) return;
      const outcomes = related.filter(({ type }) => type !== 'DagTriggersStarted');
      if (event.type === 'PushReceived' && !isAfterStart(event, related)) return;
      await record(transaction, [event, ...outcomes], chooseDag);
    },
  };
}

/** The first of its failures is enough: it is parked then, and `triggers retry` knows it. */
function outcomeStreams({ data: { pushId } }: DomainEvent<'PushReceived'>): string[] {
  return [streamOf.dagStart(), streamOf.dagFailed(pushId, 1), streamOf.dag(pushId)];
}

function isAfterStart(push: DomainEvent, related: readonly DomainEvent[]): boolean {
  const start = related.find(({ type }) => type === 'DagTriggersStarted');
  return start !== undefined && start.position < push.position;
}
