import type { Config } from '../config/config.ts';
import type { IgnoreRules } from '../events/ignore-rules.ts';
import { GiteaClient } from '../gitea/client.ts';
import { createRecovery, type Recovery } from '../gitea/recovery/recovery.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ErrorCode } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Ledger } from './ledger.ts';

/** Only with an address and a token can Gitea be asked. */
export function canRecover({ gitea }: Config): boolean {
  return gitea.url !== null && gitea.token !== null;
}

export interface RecoverySurroundings {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ignore: IgnoreRules;
  /** How many deliveries wait in the spool of this process; null where that cannot be told. */
  readonly spooled: () => number | null;
  /** Called for each repository that was looked at. */
  readonly onReport: (result: string, pushes: number) => void;
}

/** The recovery of one term of leadership. */
export function recoveryOf(
  { gitea, recovery }: Config,
  { ledger, onReport, ...surroundings }: RecoverySurroundings,
): Recovery {
  return createRecovery({
    ...ledger,
    ...surroundings,
    ...recovery,
    client: new GiteaClient({ baseUrl: gitea.url ?? '', token: gitea.token, clock: surroundings.clock }),
    owner: gitea.owner,
    onReport: (report) =>
      onReport(report.outcome, 'recovered' in report ? report.recovered.pushes.length : 0),
  });
}

/** Answered with 413 or 503: Gitea will not send it again. What was answered with 422 is in the log. */
const refusals: readonly ErrorCode[] = [
  'BODY_TOO_LARGE',
  'OVERLOADED',
  'STORE_UNAVAILABLE',
  'SPOOL_UNAVAILABLE',
  'SHUTTING_DOWN',
];

/** @param result the status that was answered, or the code of the error */
export function refusedDelivery(result: string): boolean {
  return refusals.some((code) => code === result);
}
