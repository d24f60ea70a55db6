import { inTransaction } from '../postgres/transaction.ts';
import type { FollowLogOptions } from '../subscription/follow-log.ts';
import { followLog } from '../subscription/follow-log.ts';
import { handlePage } from './handle-page.ts';
import type { Projection } from './projection.ts';
import { rebuild } from './rebuild/rebuild.ts';
import { loadVersionedCheckpoint, refuseDowngrade } from './rebuild/versioned-checkpoint.ts';

export interface RunProjectionOptions
  extends Omit<FollowLogOptions, 'name' | 'prepare' | 'handle' | 'onCaughtUp'> {
  readonly projection: Projection;
  readonly databaseUrl: string;
}

/** Keeps a projection's live tables, until the signal aborts. Events that it cannot take are parked. */
export function runProjection(options: RunProjectionOptions): Promise<void> {
  return followLog({
    ...options,
    name: options.projection.name,
    prepare: () => becomeThisVersion(options),
    handle: (from, events) => handlePage(options, from, events),
  });
}

/**
 * Rows that an older version wrote stay readable until this one has built its own beside them, which then take their
 * place in one transaction.
 *
 * @throws CodedError PROJECTION_DOWNGRADE when a newer version wrote them
 */
async function becomeThisVersion(options: RunProjectionOptions): Promise<void> {
  const { projection, pool, log, logger } = options;
  const { version } = await inTransaction(pool, (client) => loadVersionedCheckpoint(client, projection, log));
  if (version === projection.version) return;
  refuseDowngrade(projection, { version });
  logger.info(
    { projection: projection.name, from: version, to: projection.version },
    'a new version is built',
  );
  const [rebuilt] = await rebuild({ ...options, projections: [projection], dryRun: false });
  logger.info(
    { projection: projection.name, differences: rebuilt?.differences },
    'the new version took over',
  );
}
