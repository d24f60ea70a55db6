import type { Config } from '../config/config.ts';
import { createEnricher, type Enricher, type EnricherOptions } from '../gitea/enrichment/enricher.ts';
import { PacedGiteaClient } from '../gitea/enrichment/paced-client.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Ledger } from './ledger.ts';

/** Makes the enricher of a term of leadership, which the signal ends; null where Gitea cannot be asked. */
export function enricherOf(
  { gitea, enrichment }: Config,
  surroundings: {
    readonly ledger: Ledger;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly onResult?: EnricherOptions['onResult'];
  },
): ((signal: AbortSignal) => Enricher) | null {
  const { url, token } = gitea;
  if (url === null || token === null) return null;
  const { ledger, clock, logger, onResult } = surroundings;
  return (signal) =>
    createEnricher({
      ...ledger,
      client: new PacedGiteaClient({ baseUrl: url, token }, { perSecond: enrichment.rate, clock, signal }),
      maxAgeMs: enrichment.maxAgeMs,
      ...(onResult && { onResult }),
      clock,
      logger,
    });
}
