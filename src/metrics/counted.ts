import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** From a tenth of a millisecond: an append takes 0.7 ms, a page of a rebuild seconds. */
const shortSeconds = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Everything that is counted when it happens, in the process where it happens. */
export function countedMetrics(registry: Registry) {
  const registers = [registry];
  /** Without a value until there is one. */
  const gauge = (name: string, help: string) => {
    const made = new Gauge({ name, help, registers });
    made.remove();
    return made;
  };
  const counter = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
    new Counter({ name, help, labelNames, registers });
  return {
    deliveries: counter(
      'pushledger_deliveries_total',
      'Deliveries by result: the status that was answered, or the code of the error',
      ['result'],
    ),
    appended: counter('pushledger_events_appended_total', 'Events that this process appended, by type', [
      'type',
    ]),
    appendSeconds: new Histogram({
      name: 'pushledger_append_duration_seconds',
      help: 'How long the event store took for an append, by outcome: stored, stream-taken, id-taken or failed',
      labelNames: ['outcome'],
      buckets: shortSeconds,
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'pushledger_subscriber_batch_duration_seconds',
      help: 'How long a subscriber took for a batch of events with its transaction, by subscriber',
      labelNames: ['name'],
      buckets: shortSeconds,
      registers,
    }),
    batchEvents: counter('pushledger_subscriber_events_total', 'Events that a subscriber handled', ['name']),
    sends: counter(
      'pushledger_messages_total',
      'Messages by what became of them: sent, or parked after they were given up',
      ['result'],
    ),
    triggers: counter('pushledger_dag_triggers_total', 'Pushes that dag_engine was asked for, by result', [
      'result',
    ]),
    enrichments: counter(
      'pushledger_enrichments_total',
      'Questions to Gitea about a push, by result: enriched, postponed, parked, or away (Gitea tells nothing)',
      ['result'],
    ),
    recoveries: counter(
      'pushledger_recoveries_total',
      'Looks at a repository for pushes that never arrived, by result',
      ['result'],
    ),
    recovered: counter('pushledger_recovered_pushes_total', 'Pushes that never arrived and were recovered'),
    bucketTokens: gauge(
      'pushledger_message_bucket_tokens',
      'Messages that the homeserver would take at once, when messages were planned last; negative: too many are planned',
    ),
    sealPosition: gauge('pushledger_seal_position', 'Position of the last seal that this process wrote'),
    sealedAt: gauge(
      'pushledger_seal_timestamp_seconds',
      'When this process sealed the log last, as Unix time',
    ),
    requests: counter('pushledger_http_requests_total', 'HTTP requests by method, route and status', [
      'method',
      'route',
      'status',
    ]),
    requestSeconds: new Histogram({
      name: 'pushledger_http_request_duration_seconds',
      help: 'How long an answer took, from the headers to its last byte, by route; without live connections',
      labelNames: ['route'],
      buckets: shortSeconds,
      registers,
    }),
  };
}

export type Counted = ReturnType<typeof countedMetrics>;
