import { Command, InvalidArgumentError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config/config.ts';
import { knownSecrets } from '../config/known-secrets.ts';
import { fixedSecrets, readSecrets } from '../config/secret-source.ts';
import { ensureWebhookSecret, readGeneratedWebhookSecrets } from '../config/webhook-secret.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLogger } from '../runtime/logger.ts';
import { maskedOutput } from '../runtime/masked-output.ts';
import { serviceManager } from '../runtime/service-manager.ts';
import { allRoles, type Role } from '../service/roles.ts';
import { startService } from '../service/start-service.ts';
import { wayOut } from '../service/way-out.ts';
import { withLedger } from '../service/with-ledger.ts';
import { startTracing } from '../tracing/tracing.ts';
import { firstSteps } from './first-steps.ts';
import { loadProcessConfig } from './load-config.ts';
import { endAfter, untilSignal } from './signals.ts';

/** A stop that takes longer than this is ended, in milliseconds: what is not finished is taken up at the next start. */
const stopPatienceMs = 10_000;

export function serveCommand(): Command {
  return new Command('serve')
    .description('run the service: take deliveries, project them, send messages, trigger DAGs')
    .option('--roles <roles>', `comma-separated part of the work: ${allRoles.join(',')}`, parseRoles, [
      ...allRoles,
    ])
    .addHelpText(
      'after',
      '\nReads PUSHLEDGER_CONFIG or pushledger.yaml, and the environment. Logs JSON lines to stdout.\n' +
        'Stops on SIGTERM or SIGINT after it has finished what it accepted.',
    )
    .action(async (options: { roles: Role[] }) => serve(loadProcessConfig(), options.roles));
}

function parseRoles(text: string): Role[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !allRoles.some((role) => role === name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`${unknown.join(', ')}: not one of ${allRoles.join(', ')}`);
  return allRoles.filter((role) => names.includes(role));
}

async function serve(config: Config, roles: readonly Role[]): Promise<void> {
  const logger = createLogger(config.logLevel, maskedOutput(knownSecrets(config)));
  const clock = systemClock;
  const { signal, stopped } = untilSignal();
  for (const warning of config.warnings) logger.warn(warning);

  await withLedger({ config, clock, logger, signal, supervise: true }, async (ledger, database) => {
    const tracing = await startTracing({ env: process.env, version: packageJson.version, clock, logger });
    const generated = config.webhookSecrets.length === 0 ? ensureWebhookSecret(config.dataDir) : null;
    for (const warning of generated?.warnings ?? []) logger.warn(warning);
    const showFirstSteps = (address: string) => {
      if (generated?.created) process.stderr.write(firstSteps(config, address, generated.path));
    };
    const service = await startService({
      config,
      databaseUrl: database.url,
      ledger,
      secrets: generated
        ? readSecrets(() => readGeneratedWebhookSecrets(config.dataDir).accepted, clock)
        : fixedSecrets(config.webhookSecrets),
      ...wayOut(config, process.stderr),
      roles,
      tracing,
      clock,
      logger,
    }).catch((error: unknown) => {
      // The secret is made once, so that no later start would show them.
      showFirstSteps(`http://${config.host}:${config.port}`);
      throw error;
    });
    logger.info({ address: service.address, roles, embeddedPostgres: database.embedded }, 'ready');
    const manager = serviceManager({ env: process.env, pid: process.pid, clock, logger });
    await manager.ready(service.address);
    showFirstSteps(service.address);
    logger.info({ signal: await stopped }, 'stopping');
    manager.stopping();
    endAfter(stopPatienceMs, () => logger.error({ patienceMs: stopPatienceMs }, 'the stop took too long'));
    await service.stop();
    await tracing?.close();
  });
  logger.info('stopped');
}
