import { Command } from 'commander';
import { acceptedSecrets } from '../config/accepted-secrets.ts';
import type { Config } from '../config/config.ts';
import type { WebhookSecret } from '../config/secret.ts';
import { renewEveryMs } from '../config/secret-source.ts';
import { makeNextWebhookSecret, retireWebhookSecret } from '../config/webhook-secret.ts';
import { confirmAccepted } from '../gitea/hooks/confirm-accepted.ts';
import { rotateSecret } from '../gitea/hooks/rotate-secret.ts';
import { uncovered } from '../gitea/hooks/uncovered.ts';
import { hookPath } from '../ingest/route.ts';
import { systemClock } from '../runtime/clock.ts';
import { CodedError } from '../runtime/errors.ts';
import { hookUrlOf, type PlaceOptions, parseWait, withPlaces } from './hooks-options.ts';
import { progressOver, reportOutcomes } from './hooks-report.ts';
import { serviceOrigins, withHookSession } from './hooks-session.ts';
import { meantTargets } from './hooks-targets.ts';

interface RotateOptions extends PlaceOptions {
  readonly secretName?: string;
  readonly grace: number;
  readonly retire?: boolean;
  readonly json?: boolean;
}

export function hooksRotateSecretCommand(): Command {
  return withPlaces(new Command('rotate-secret'), '[names...]')
    .description('give all hooks a new webhook secret while pushes go on; interrupted, run it again')
    .option(
      '--secret-name <name>',
      'the new one, where secrets are configured (it must be configured beside the old)',
    )
    .option(
      '--grace <duration>',
      "how long old and new hooks stay side by side, for what waits in Gitea's queue",
      parseWait,
      10_000,
    )
    .option(
      '--retire',
      'stop accepting the old generated secret even if not all hooks are known to have the new one',
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nA generated secret: the next one is made in the data directory, and the running service takes it up by itself.\n' +
        'A configured one: add the new secret to webhookSecrets under a name of its own, restart the service, run this\n' +
        'with --secret-name, then set `retired: true` on the old one (audit verify still needs it) and restart.',
    )
    .action((names: string[], options: RotateOptions) =>
      withHookSession(async (session) => {
        const { tools, config, signal } = session;
        const url = hookUrlOf(config, options);
        const { targets, others, known, calling } = await meantTargets(session, names, options);
        const next = nextSecret(config, options.secretName);
        await refuseUnaccepted(config, url, next, signal);
        const { onDone, end } = progressOver('rotating the secret of hooks', targets.length);
        const rotation = { graceMs: options.grace, signal, onDone };
        const outcomes = await rotateSecret(tools, targets, url, next, rotation).finally(end);
        reportOutcomes([...outcomes, ...others], options);
        const done = targets.filter((_, index) =>
          ['rotated', 'unchanged'].includes(outcomes[index]?.result ?? ''),
        );
        const left = uncovered(done, known, calling);
        process.stderr.write(`${retireOld(config, next, left, options.retire === true)}\n`);
      }),
    );
}

/** The secret that hooks are to get. @throws CodedError USAGE */
function nextSecret(config: Config, name: string | undefined): WebhookSecret {
  if (config.webhookSecrets.length === 0) {
    if (name !== undefined) {
      throw new CodedError(
        'USAGE',
        '--secret-name is for configured secrets; none is configured, so the next one is made here',
      );
    }
    if (acceptedSecrets(config).length === 0) {
      throw new CodedError(
        'USAGE',
        'there is no webhook secret yet: start the service once (pushledger serve)',
      );
    }
    return makeNextWebhookSecret(config.dataDir);
  }
  const names = config.webhookSecrets.map((each) => each.name).join(', ');
  const next = config.webhookSecrets.find((each) => each.name === name);
  if (next && config.webhookSecrets.length > 1) return next;
  throw new CodedError(
    'USAGE',
    `the webhook secrets are configured (${names}), so the new one has to be as well: add it to webhookSecrets under ` +
      'a name of its own, keep the old one, restart the service, and give --secret-name',
  );
}

/** No hook may sign with a secret that the service does not know: what it sends would be refused, and lost. */
async function refuseUnaccepted(
  config: Config,
  url: string,
  next: WebhookSecret,
  signal: AbortSignal,
): Promise<void> {
  // Whatever was there for so long is known to every process of this data directory when it is first needed.
  await systemClock.sleep(renewEveryMs, signal);
  const [local = url] = serviceOrigins(config, url).map((origin) => `${origin}${hookPath}`);
  const probe = await confirmAccepted([...new Set([url, local])], next, { clock: systemClock, signal });
  if (probe.outcome === 'accepted') return;
  const what =
    probe.outcome === 'wrong-secret'
      ? `the service at ${url} does not accept the secret ${next.name} yet: restart it with the same configuration and data directory`
      : `no service answers at ${url} (${probe.detail}): start it, so that it can be asked whether it accepts the new secret`;
  throw new CodedError('HOOKS_FAILED', `${what}; no hook was changed`);
}

function retireOld(config: Config, next: WebhookSecret, left: readonly string[], force: boolean): string {
  const old = acceptedSecrets(config).filter(({ name }) => name !== next.name);
  const names = old.map(({ name }) => name).join(', ');
  if (old.length === 0) return `${next.name} is the only secret.`;
  if (left.length > 0 && !force) {
    const some = left.slice(0, 5).join(', ');
    const more = left.length > 5 ? ` and ${left.length - 5} more` : '';
    process.exitCode = 1;
    return `${names} stays accepted, as hooks of ${some}${more} may still sign with it: mend these and run this again, or give --retire.`;
  }
  if (config.webhookSecrets.length > 0) {
    return `All hooks sign with ${next.name}. Now set \`retired: true\` on ${names} in webhookSecrets, and restart the service.`;
  }
  for (const { name } of old) retireWebhookSecret(config.dataDir, name);
  return `All hooks sign with ${next.name}; ${names} is kept for audit verify only.`;
}
