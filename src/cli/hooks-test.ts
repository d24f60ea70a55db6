import { Command } from 'commander';
import { findTargets } from '../gitea/hooks/find-targets.ts';
import { sendTests } from '../gitea/hooks/send-test.ts';
import { hookUrlOf, type PlaceOptions, wantedTargets, withPlaces } from './hooks-options.ts';
import { progressOver, reportOutcomes } from './hooks-report.ts';
import { withHookSession } from './hooks-session.ts';

export function hooksTestCommand(): Command {
  return withPlaces(new Command('test'), '<names...>')
    .description('have Gitea send a test delivery; `verify` also waits for it and says why it does not come')
    .option('--json', 'as JSON')
    .action((names: string[], options: PlaceOptions & { json?: boolean }) =>
      withHookSession(async ({ tools, config, signal }) => {
        const url = hookUrlOf(config, options);
        const { targets, others } = await findTargets(tools.client, wantedTargets(names, options));
        const { onDone, end } = progressOver('testing hooks', targets.length);
        const outcomes = await sendTests(tools.client, targets, url, { signal, onDone }).finally(end);
        reportOutcomes([...outcomes, ...others], options);
      }),
    );
}
