import { Command } from 'commander';
import { findTargets } from '../gitea/hooks/find-targets.ts';
import { readInstalledHooks } from '../gitea/hooks/known-hooks.ts';
import { removeHooks } from '../gitea/hooks/remove.ts';
import { hookUrlOf, type PlaceOptions, wantedTargets, withPlaces } from './hooks-options.ts';
import { progressOver, reportOutcomes } from './hooks-report.ts';
import { withHookSession } from './hooks-session.ts';

export function hooksRemoveCommand(): Command {
  return withPlaces(new Command('remove'), '[names...]')
    .description('take our hooks away again; hooks of other addresses stay')
    .option('--dry-run', 'change nothing, show what would be done')
    .option('--json', 'as JSON')
    .action((names: string[], options: PlaceOptions & { dryRun?: boolean; json?: boolean }) =>
      withHookSession(async ({ tools, ledger, config, signal }) => {
        const url = hookUrlOf(config, options);
        const dryRun = options.dryRun === true;
        const { targets, others } = await findTargets(tools.client, wantedTargets(names, options));
        const known = await readInstalledHooks(ledger.pool);
        const { onDone, end } = progressOver('removing hooks', targets.length);
        const outcomes = await removeHooks(tools, targets, url, known, { dryRun, signal, onDone }).finally(
          end,
        );
        reportOutcomes([...outcomes, ...others], options);
        if (dryRun && !options.json) process.stdout.write('Nothing was changed (--dry-run).\n');
      }),
    );
}
