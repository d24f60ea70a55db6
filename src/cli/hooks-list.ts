import { Command } from 'commander';
import { type ListedHook, listedFailure, listOurHooks } from '../gitea/hooks/list.ts';
import { hookUrlOf, type PlaceOptions, withPlaces } from './hooks-options.ts';
import { onOneLine, progressOver } from './hooks-report.ts';
import { withHookSession } from './hooks-session.ts';
import { meantTargets } from './hooks-targets.ts';
import { printJson, printTable } from './output.ts';

export function hooksListCommand(): Command {
  return withPlaces(new Command('list'), '[names...]')
    .description('our hooks as they are in Gitea, the last push seen here, and what is wrong with them')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nWithout names: all hooks that were installed by this program, and all repositories whose pushes came.',
    )
    .action((names: string[], options: PlaceOptions & { json?: boolean }) =>
      withHookSession(async (session) => {
        const url = hookUrlOf(session.config, options);
        const { targets, others, all, ...seen } = await meantTargets(session, names, options);
        const { onDone, end } = progressOver('looking at hooks', targets.length);
        const { signal } = session;
        const found = await listOurHooks(session.tools.client, targets, url, seen, {
          signal,
          onDone,
        }).finally(end);
        // A repository that calls us without a hook of its own has one further up, which is in the list.
        const wide = found.some(({ target, hookId }) => hookId !== null && !target.includes('/'));
        const listed = found.filter(
          ({ hookId, target }) => !(all && wide && hookId === null && target.includes('/')),
        );
        show([...listed, ...others.map((outcome) => listedFailure(outcome, url))], options.json === true);
      }),
    );
}

function show(hooks: readonly ListedHook[], json: boolean): void {
  if (hooks.some(({ problem }) => problem !== null)) process.exitCode = 1;
  if (json) {
    printJson(hooks);
    return;
  }
  printTable(
    ['repository', 'hook', 'active', 'sends', 'secret', 'last push', 'problem'],
    hooks.map((hook) => [
      hook.target,
      hook.hookId === null ? '-' : String(hook.hookId),
      hook.active ? 'yes' : 'no',
      `${hook.events.join(',') || '-'}${hook.branchFilter === '' ? '' : ` (${onOneLine(hook.branchFilter)})`}`,
      hook.secret ?? 'not known',
      hook.lastPushAt ?? 'never',
      onOneLine(hook.problem ?? '-'),
    ]),
  );
}
