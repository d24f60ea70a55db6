import { giteaClientOf } from '../../src/cli/hooks-session.ts';
import { isChecked } from '../../src/cli/recover-report.ts';
import { loadConfig } from '../../src/config/load.ts';
import { recoverAll } from '../../src/gitea/recovery/recover.ts';
import { createRecoverySubscriber } from '../../src/gitea/recovery/recovery-subscriber.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { ignoreRulesOf, ownAccountOf } from '../../src/service/ignore-rules.ts';
import { withLedger } from '../../src/service/with-ledger.ts';
import type { System } from './system.ts';

/** `serve` recovers as well: what it takes in the same moment is left, and looked at again. */
const tries = 3;

/**
 * Has everything recovered that never arrived, as the command `recover` does, but for its patience with what may be on
 * its way: nothing is. What could not be looked at is said.
 */
export async function recoverMissed({ directory, env }: System): Promise<string[]> {
  const config = loadConfig({ env, cwd: directory });
  const surroundings = { clock: systemClock, logger: createLogger('silent') };
  const signal = AbortSignal.timeout(120_000);
  const account = ownAccountOf(config, surroundings);
  await account?.learn(signal);
  return withLedger({ config, ...surroundings, signal }, async (ledger) => {
    const options = {
      ...ledger,
      ...surroundings,
      client: giteaClientOf(config),
      subscriber: createRecoverySubscriber(ledger.instance),
      owner: config.gitea.owner,
      ignore: ignoreRulesOf(config, account),
      announceMaxAgeMs: config.recovery.announceMaxAgeMs,
      silent: null,
      since: null,
      settlingMs: 0,
      dryRun: false,
      only: null,
      signal,
    };
    let left = await recoverAll(options);
    for (let attempt = 1; attempt < tries && !left.every(isChecked); attempt++)
      left = await recoverAll(options);
    return left
      .filter((report) => !isChecked(report))
      .map((report) => `not recovered: ${JSON.stringify(report)}`);
  });
}
