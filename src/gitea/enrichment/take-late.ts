import { streamOf } from '../../events/ids.ts';
import type { LateTaker } from '../../subscription/retry-parked.ts';
import { type RecordOptions, record, recordedTypes } from './record.ts';

/** Takes parked events after all: a push is due unless its enrichment is in the log, whichever comes first. */
export function lateEnricher(options: RecordOptions): LateTaker {
  return {
    name: 'enricher',
    lateTypes: recordedTypes,
    relatedTo: (event) => (event.type === 'PushReceived' ? [streamOf.enrichment(event.data.pushId)] : []),
    handle: (transaction, events) => record(transaction, events, options),
  };
}
