import { once } from 'node:events';
import pino from 'pino';
import { loadConfig } from '../../src/config/load.ts';
import { fixedSecrets } from '../../src/config/secret-source.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { openLedgerIn } from '../../src/service/ledger.ts';
import { startService } from '../../src/service/start-service.ts';

/** The service as the process that projects: `node projector.ts <database url> <data directory>`. Ends with SIGTERM. */
const [databaseUrl = '', dataDir = ''] = process.argv.slice(2);
const logger = pino({ level: 'warn' }, pino.destination(2));
const config = loadConfig({
  env: { DATABASE_URL: databaseUrl, PUSHLEDGER_DATA_DIR: dataDir, PUSHLEDGER_INSTANCE: 'bench', PORT: '0' },
  cwd: '/nowhere',
});
const ledger = await openLedgerIn(databaseUrl, config, systemClock, logger);
const service = await startService({
  config,
  databaseUrl,
  ledger,
  secrets: fixedSecrets([]),
  senders: [],
  route: () => [],
  roles: ['projections'],
  clock: systemClock,
  logger,
});
process.stdout.write('ready\n');
await once(process, 'SIGTERM');
await service.stop();
await ledger.close();
