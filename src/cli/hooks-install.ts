import { Command } from 'commander';
import { acceptedSecrets } from '../config/accepted-secrets.ts';
import { findTargets } from '../gitea/hooks/find-targets.ts';
import { installHooks } from '../gitea/hooks/install.ts';
import {
  chosenSecret,
  hookUrlOf,
  type PlaceOptions,
  parseEvents,
  wantedTargets,
  withPlaces,
} from './hooks-options.ts';
import { progressOver, reportOutcomes } from './hooks-report.ts';
import { withHookSession } from './hooks-session.ts';

interface InstallOptions extends PlaceOptions {
  readonly events: string[];
  readonly branchFilter?: string;
  readonly secretName?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function hooksInstallCommand(): Command {
  return withPlaces(new Command('install'), '[names...]')
    .description(
      'give repositories, organisations or the instance a hook; what is right already stays as it is',
    )
    .option('--events <events>', 'what the hooks send', parseEvents, ['push', 'delete'])
    .option(
      '--branch-filter <glob>',
      'send these branches only, such as main or {main,release/*}; "" for all',
    )
    .option('--secret-name <name>', 'the webhook secret that new hooks sign with')
    .option('--dry-run', 'change nothing, show what would be done')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  pushledger hooks install acme/widgets          one repository\n' +
        "  pushledger hooks install 'acme/app-*' ann      all of a pattern, and all of ann\n" +
        '  pushledger hooks install --org acme            one hook for all of acme, those to come as well\n' +
        '\nA branch deleted in Gitea comes as `delete` only, so leave that event in.',
    )
    .action((names: string[], options: InstallOptions) =>
      withHookSession(async ({ tools, config, signal }) => {
        const url = hookUrlOf(config, options);
        const secret = chosenSecret(acceptedSecrets(config), config, options.secretName);
        const { targets, others } = await findTargets(tools.client, wantedTargets(names, options));
        const { branchFilter } = options;
        const wanted = {
          url,
          events: options.events,
          ...(branchFilter === undefined ? {} : { branchFilter }),
        };
        const dryRun = options.dryRun === true;
        const { onDone, end } = progressOver(
          dryRun ? 'looking at hooks' : 'installing hooks',
          targets.length,
        );
        const outcomes = await installHooks(tools, targets, wanted, secret, {
          dryRun,
          signal,
          onDone,
        }).finally(end);
        reportOutcomes([...outcomes, ...others], options);
        if (dryRun && !options.json) process.stdout.write('Nothing was changed (--dry-run).\n');
      }),
    );
}
