import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { fixedSecrets } from '../config/secret-source.ts';
import { deliver } from '../demo/deliver.ts';
import { demoDeliveries, readFixture } from '../demo/deliveries.ts';
import { awaitOutcomes, type DemoOutcome, isAsExpected } from '../demo/outcomes.ts';
import { hookPath } from '../ingest/route.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLogger } from '../runtime/logger.ts';
import type { Ledger } from '../service/ledger.ts';
import { allRoles } from '../service/roles.ts';
import { startService } from '../service/start-service.ts';
import { wayOut } from '../service/way-out.ts';
import { withLedger } from '../service/with-ledger.ts';
import { renderTable } from './output.ts';
import { untilSignal } from './signals.ts';

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'try it: start everything in an empty directory, send recorded pushes, show what came of each',
    )
    .option('--exit', 'end after that, with status 0 when all came out as it should')
    .action(async (options: { exit?: boolean }) => {
      // A directory of its own: the demo touches no real data, reads no configuration and sends to no real room.
      const dataDir = await mkdtemp(join(tmpdir(), 'pushledger-demo-'));
      // The embedded PostgreSQL of root runs as another user, who must be able to pass.
      await chmod(dataDir, 0o711);
      try {
        await demo(dataDir, options.exit === true);
      } finally {
        await rm(dataDir, { recursive: true, force: true });
      }
    });
}

async function demo(dataDir: string, exit: boolean): Promise<void> {
  const secret = randomBytes(32).toString('hex');
  const config = loadConfig({
    env: {
      PUSHLEDGER_DATA_DIR: dataDir,
      PORT: '0',
      GITEA_URL: 'https://gitea.test',
      GITEA_OWNER: 'acme',
      GITEA_WEBHOOK_SECRET: secret,
    },
    cwd: dataDir,
  });
  const logger = createLogger('error', process.stderr);
  const clock = systemClock;
  const { signal, stopped } = untilSignal();
  print('Starting PostgreSQL and the service ...');
  await withLedger({ config, clock, logger, signal, supervise: true }, async (ledger, database) => {
    const service = await startService({
      config,
      databaseUrl: database.url,
      ledger,
      secrets: fixedSecrets(config.webhookSecrets),
      // The messages stand in the table below; once more among it they would only be in the way.
      ...wayOut(config, new PassThrough().resume()),
      roles: allRoles,
      clock,
      logger,
    });
    try {
      showOutcomes(await sendAll(service.address, secret, ledger));
      print(`\nService  ${service.address}\nHealth   ${service.address}/webhook/health`);
      if (!exit) {
        print('\nIt keeps running until Ctrl-C.');
        await stopped;
      }
    } finally {
      await service.stop();
    }
  });
}

function showOutcomes(outcomes: readonly DemoOutcome[]): void {
  print(report(outcomes));
  const wrong = outcomes.filter((outcome) => !isAsExpected(outcome)).length;
  if (wrong > 0) process.exitCode = 1;
  print(
    wrong === 0
      ? `All ${outcomes.length} deliveries came out as they should.`
      : `${wrong} of ${outcomes.length} deliveries did not come out as they should (marked !!).`,
  );
}

async function sendAll(address: string, secret: string, { pool }: Ledger): Promise<DemoOutcome[]> {
  print(`Sending ${demoDeliveries.length} recorded deliveries to ${address}${hookPath} ...\n`);
  const delivered = [];
  for (const delivery of demoDeliveries) {
    const answer = await deliver(`${address}${hookPath}`, {
      body: readFixture(delivery.fixture),
      event: delivery.event,
      secret: delivery.signature === 'forged' ? 'not the secret' : secret,
    });
    delivered.push({ delivery, answer });
  }
  return awaitOutcomes(pool, systemClock, delivered);
}

function report(outcomes: readonly DemoOutcome[]): string {
  const table = renderTable(
    ['', 'delivery', 'answer', 'run', 'message'],
    outcomes.map((outcome) => [
      isAsExpected(outcome) ? 'ok' : '!!',
      outcome.delivery.fixture,
      outcome.answer,
      outcome.run ?? '-',
      outcome.message?.split('\n', 1)[0] ?? '-',
    ]),
  );
  return `${table}\n`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
