import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { createDatabase, testPool } from '../support/database.ts';
import { botToken, type Homeserver, startHomeserver } from '../support/homeserver.ts';
import { passableDirectory } from '../support/postgres-directory.ts';
import { type Program, type RunningService, startProgram, whenReady } from '../support/service-process.ts';
import { webhookSecret } from './gitea-sender.ts';

export const room = '!pushes:double.test';

/** What outlives the service: its database, the homeserver, and a look into both. */
export interface CrashSetup {
  readonly databaseUrl: string;
  readonly database: Pool;
  readonly homeserver: Homeserver;
  /** Starts `serve`; see `ready`. */
  start(options: { databaseUrl: string; port?: number }): Program;
  /** Starts `serve` and waits until it takes deliveries. */
  startReady(options: { databaseUrl: string; port?: number }): Promise<RunningService>;
  close(): Promise<void>;
}

/** The way of a push from its delivery to its message. What else a service does would be killed at as well. */
const roles = 'ingest,projections,notifier';

/** Each push is a message of its own, and no limit is in the way. */
const eachByItself = { NOTIFY_WINDOW: '0s', NOTIFY_RATE: '1000', NOTIFY_BURST: '1000' };

/** @param env how pushes become messages; each by itself when absent */
export async function crashSetup(env: Readonly<Record<string, string>> = eachByItself): Promise<CrashSetup> {
  const directory = await passableDirectory();
  const created = await createDatabase();
  const database = testPool(created.url);
  const homeserver = await startHomeserver({ rooms: [{ id: room }] });
  let last: Program | null = null;
  const start: CrashSetup['start'] = ({ databaseUrl, port = 0 }) => {
    last = startProgram(['serve', '--roles', roles], {
      cwd: directory,
      env: {
        PUSHLEDGER_DATA_DIR: join(directory, 'data'),
        PORT: String(port),
        DATABASE_URL: databaseUrl,
        GITEA_WEBHOOK_SECRET: webhookSecret,
        MATRIX_HOMESERVER_URL: homeserver.url,
        MATRIX_ACCESS_TOKEN: botToken,
        MATRIX_ROOM: room,
        ...env,
      },
    });
    return last;
  };
  return {
    databaseUrl: created.url,
    database,
    homeserver,
    start,
    startReady: (options) => whenReady(start(options)),
    async close() {
      await last?.end('SIGKILL');
      await homeserver.close();
      await database.end();
      await created.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
