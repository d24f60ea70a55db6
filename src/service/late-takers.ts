import type { Config } from '../config/config.ts';
import { lateEnricher } from '../gitea/enrichment/take-late.ts';
import { lateRecovery } from '../gitea/recovery/take-late.ts';
import { lateNotifier } from '../notifier/take-late.ts';
import { allProjections } from '../projections/all.ts';
import { lateProjection } from '../projections/take-late.ts';
import type { Clock } from '../runtime/clock.ts';
import type { LateTaker } from '../subscription/retry-parked.ts';
import { dagChooser } from '../trigger/choose-dag.ts';
import { lateTrigger } from '../trigger/take-late.ts';

/** All that follow the log and may have parked an event, by the names of their checkpoints. */
export const followerNames: readonly string[] = [
  ...allProjections.map(({ name }) => name),
  ...['notifier', 'trigger', 'enricher', 'recovery'],
];

/** What each of them makes of an event that it gets late. */
export function lateTakers(
  { dagEngine, enrichment }: Config,
  { instance, clock }: { readonly instance: string; readonly clock: Clock },
): readonly LateTaker[] {
  const since = new Date(clock.now().getTime() - enrichment.maxAgeMs);
  return [
    ...allProjections.map(lateProjection),
    lateNotifier,
    lateTrigger(dagChooser(dagEngine.dags, dagEngine.dag)),
    lateEnricher({ instance, since }),
    lateRecovery(instance),
  ];
}
