import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { type AuditKey, auditKeyOf } from '../audit/audit-key.ts';
import { createThreadedChecker } from '../audit/threaded-checker.ts';
import { verifyLog } from '../audit/verify-log.ts';
import { readAuditKey } from '../config/audit-key.ts';
import type { Config } from '../config/config.ts';
import { Secret } from '../config/secret.ts';
import { readGeneratedWebhookSecrets } from '../config/webhook-secret.ts';
import { CodedError, messageOf } from '../runtime/errors.ts';
import { renderReport } from './audit-report.ts';
import type { AuditThreadData } from './audit-thread.ts';
import { withCommandLedger } from './command-ledger.ts';
import { printJson } from './output.ts';
import { showProgress } from './progress.ts';

/** More would wait for the store, as the log is read page after page. */
const maxThreads = 4;

export function auditVerifyCommand(): Command {
  return new Command('verify')
    .description('walk the whole log and prove each push, the seals, the chains of branches and the rows')
    .option('--old-key <file>', 'an earlier AUDIT_KEY, for seals that it made (may be repeated)', collect, [])
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 nothing is broken (what is unprovable, and gaps in chains, are listed), 1 something is broken,\n' +
        '2 there are seals that another AUDIT_KEY made.',
    )
    .action((flags: { oldKey: string[]; json?: boolean }) =>
      withCommandLedger(async ({ store, pool }, config, signal, database) => {
        const checker = createThreadedChecker({
          entry: new URL('./audit-thread.ts', import.meta.url),
          workerData: {
            databaseUrl: database.url,
            eventStoreUrl: config.eventStoreUrl?.reveal() ?? null,
            secrets: verifyingSecretsOf(config),
          } satisfies AuditThreadData,
          threads: Math.min(maxThreads, availableParallelism()),
        });
        const display = showProgress('events');
        try {
          const report = await verifyLog({
            store,
            pool,
            keys: keysOf(config, flags.oldKey),
            checker,
            signal,
            onProgress: ({ events, done }) =>
              display.update({
                done: events,
                total: done > 0 ? Math.max(events, Math.round(events / done)) : null,
              }),
          });
          display.end();
          if (flags.json) printJson(report);
          else process.stdout.write(`${renderReport(report)}\n`);
          process.exitCode = { intact: 0, broken: 1, 'wrong-key': 2 }[report.status];
        } finally {
          display.end();
          await checker.close();
        }
      }),
    );
}

/** Those in use, those that are kept for this, and those that were made before any was configured. */
function verifyingSecretsOf(config: Config): AuditThreadData['secrets'] {
  const generated = readGeneratedWebhookSecrets(config.dataDir);
  const secrets = [
    ...config.webhookSecrets,
    ...config.retiredWebhookSecrets,
    ...generated.accepted,
    ...generated.retired,
  ];
  return secrets.map(({ name, secret }) => ({ name, value: secret.reveal() }));
}

function keysOf(config: Config, oldKeyFiles: readonly string[]): AuditKey[] {
  const current = readAuditKey(config);
  const keys = [...(current ? [current] : []), ...oldKeyFiles.map(readKeyFile)];
  return keys.map((secret) => auditKeyOf({ secret }));
}

function readKeyFile(path: string): Secret {
  try {
    return new Secret(readFileSync(path, 'utf8').replace(/(\r?\n)+$/, ''));
  } catch (cause) {
    throw new CodedError('USAGE', `--old-key ${path}: ${messageOf(cause)}`, { cause });
  }
}

function collect(path: string, paths: readonly string[]): string[] {
  return [...paths, path];
}
