import { Command } from 'commander';
import { acceptedSecrets } from '../config/accepted-secrets.ts';
import { type Verified, verifyHooks } from '../gitea/hooks/verify.ts';
import { chosenSecret, hookUrlOf, type PlaceOptions, parseWait, withPlaces } from './hooks-options.ts';
import { onOneLine, progressOver } from './hooks-report.ts';
import { serviceOrigins, withHookSession } from './hooks-session.ts';
import { meantTargets } from './hooks-targets.ts';
import { printJson, printTable } from './output.ts';

export function hooksVerifyCommand(): Command {
  return withPlaces(new Command('verify'), '[names...]')
    .description(
      'have Gitea send a test delivery of each hook, wait until it is in the log, and say why if not',
    )
    .option('--timeout <duration>', 'how long the deliveries have', parseWait, 10_000)
    .option('--json', 'as JSON')
    .addHelpText('after', '\nWithout names: all repositories whose hooks we installed or whose pushes came.')
    .action((names: string[], options: PlaceOptions & { timeout: number; json?: boolean }) =>
      withHookSession(async (session) => {
        const { tools, config, signal } = session;
        const url = hookUrlOf(config, options);
        const secret = chosenSecret(acceptedSecrets(config), config, undefined);
        const { targets, others, known } = await meantTargets(session, names, options);
        const repositories = targets.flatMap((target) =>
          target.kind === 'repository' ? [target.repository] : [],
        );
        const { onDone, end } = progressOver('verifying hooks', repositories.length);
        const verified = await verifyHooks(tools, repositories, {
          url,
          secret,
          known,
          patienceMs: options.timeout,
          metricsOrigins: serviceOrigins(config, url),
          signal,
          onProgress: onDone,
        }).finally(end);
        const wide = targets.flatMap((target): Verified[] =>
          target.kind === 'repository'
            ? []
            : [untestable(target.kind === 'system' ? 'the whole instance' : target.owner)],
        );
        const failures = others.map(({ target, detail, result }): Verified => {
          const state = result === 'failed' ? 'failed' : 'untested';
          const base = { target, hookId: null, text: detail };
          return state === 'failed'
            ? { ...base, state, reason: 'gitea' }
            : { ...base, state, reason: 'missing' };
        });
        show([...verified, ...wide, ...failures], options.json === true);
      }),
    );
}

function untestable(target: string): Verified {
  const text =
    "Gitea's API tests hooks of repositories only: push something, or use the hook's page in Gitea";
  return { target, hookId: null, state: 'untested', reason: 'missing', text };
}

function show(verified: readonly Verified[], json: boolean): void {
  if (verified.some(({ state }) => state === 'wrong' || state === 'failed')) process.exitCode = 1;
  if (json) {
    printJson(verified);
    return;
  }
  printTable(
    ['repository', 'state', 'reason', 'hook', ''],
    verified.map(({ target, state, reason, hookId, text }) => [
      target,
      state,
      reason,
      hookId === null ? '-' : String(hookId),
      onOneLine(text),
    ]),
  );
}
