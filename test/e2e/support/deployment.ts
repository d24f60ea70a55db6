import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, onTestFailed } from 'vitest';
import { until } from '../../support/condition.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { testSecret } from '../../support/delivery.ts';
import { passableDirectory } from '../../support/postgres-directory.ts';
import { type Ended, type RunningService, runProgram, startServe } from '../../support/service-process.ts';
import type { Account } from './account.ts';
import { type MatrixProxy, startMatrixProxy } from './matrix-proxy.ts';
import { namings, readRoom, type SeenMessage } from './read-room.ts';
import type { UsedSynapse } from './use-synapse.ts';

/** One way to run the service for real, for one test: its processes, its database, its account, and a person. */
export interface Deployment {
  readonly bot: Account;
  /** Another user, who makes the rooms and reads what is in them. */
  readonly person: Account;
  /** Between the service and the homeserver. */
  readonly proxy: MatrixProxy;
  /** Starts the service as the README says, and waits until it takes deliveries. */
  serve(env?: Readonly<Record<string, string>>): Promise<RunningService>;
  /** Runs a command with the environment that `serve` had last. */
  run(...args: string[]): Promise<Ended>;
  /** Writes the configuration file. */
  configure(yaml: string): Promise<void>;
  read(roomId: string): Promise<SeenMessage[]>;
  /** Waits until each of these pushes is named in the room by a message, and says what the room shows then. */
  named(roomId: string, pushIds: readonly string[], patienceMs?: number): Promise<SeenMessage[]>;
}

/** Each push is a message of its own, and no limit of ours is in the way: for a homeserver with raised limits. */
export const eachByItself = { NOTIFY_WINDOW: '0s', NOTIFY_RATE: '1000', NOTIFY_BURST: '1000' };

const patience = 60_000;

/** Registers the hooks that make a fresh deployment for each test; `MATRIX_ROOM` is for `serve` to say. */
export function useDeployment(synapse: UsedSynapse): () => Deployment {
  let deployment: Deployment | null = null;
  let cleanUp: () => Promise<void> = () => Promise.resolve();
  let count = 0;
  beforeEach(async () => {
    count++;
    const started: RunningService[] = [];
    let served: Readonly<Record<string, string>> = {};
    const directory = await passableDirectory();
    const database = await createDatabase();
    const bot = await synapse.current().register(`bot-${count}`);
    const person = await synapse.current().register(`person-${count}`);
    const proxy = await startMatrixProxy(synapse.current().url);
    const surroundings = (env: Readonly<Record<string, string>>) => ({
      cwd: directory,
      env: { ...environment(directory, database, proxy, bot), ...env },
    });
    const read = (roomId: string) => readRoom(person, roomId);
    deployment = {
      bot,
      person,
      proxy,
      read,
      async serve(env = {}) {
        served = env;
        const service = await startServe(surroundings(env));
        started.push(service);
        return service;
      },
      run: (...args) => runProgram(args, surroundings(served)),
      configure: (yaml) => writeFile(join(directory, 'pushledger.yaml'), yaml),
      named: (roomId, pushIds, patienceMs = patience) =>
        until(
          `each of ${pushIds.length} pushes is named`,
          async () => {
            const messages = await read(roomId);
            const all = Object.values(namings(messages, pushIds)).every((times) => times > 0);
            return all ? messages : null;
          },
          patienceMs,
        ),
    };
    onTestFailed(() => {
      for (const { stdout, stderr } of started) console.error(`${stdout()}\n${stderr()}`);
    });
    cleanUp = async () => {
      for (const service of started) await service.end('SIGKILL');
      await proxy.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    };
  });
  afterEach(() => cleanUp());
  return () => {
    if (!deployment) throw new Error('there is no deployment yet');
    return deployment;
  };
}

function environment(
  directory: string,
  database: TestDatabase,
  proxy: MatrixProxy,
  bot: Account,
): Record<string, string> {
  return {
    PUSHLEDGER_DATA_DIR: join(directory, 'data'),
    PORT: '0',
    DATABASE_URL: database.url,
    GITEA_WEBHOOK_SECRET: testSecret,
    MATRIX_HOMESERVER_URL: proxy.url,
    MATRIX_ACCESS_TOKEN: bot.accessToken,
  };
}
