import type { Config } from '../config/config.ts';
import type { Clock } from '../runtime/clock.ts';
import { dagChooser } from '../trigger/choose-dag.ts';
import { createDagEngine } from '../trigger/dag-engine.ts';
import type { TriggerOptions } from '../trigger/trigger.ts';

/** What the trigger asks and for what, or null where no dag_engine is configured. */
export function dagEngineOf(
  { dagEngine }: Config,
  clock: Clock,
): Pick<TriggerOptions, 'engine' | 'chooseDag' | 'maxAgeMs'> | null {
  const { url, token, dag, dags, maxAgeMs } = dagEngine;
  if (url === null) return null;
  return { engine: createDagEngine({ url, token, clock }), chooseDag: dagChooser(dags, dag), maxAgeMs };
}
