import { chmodSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type DagEngineDouble, startDagEngine } from '../support/dag-engine.ts';
import { botToken } from '../support/homeserver.ts';
import { makeSmallDisk, type SmallDisk } from './disk.ts';
import { type FakeTime, makeFakeTime } from './fake-time.ts';
import { freePorts } from './free-ports.ts';
import { type ChaosGitea, startChaosGitea } from './gitea.ts';
import { type ChaosHomeserver, startChaosHomeserver } from './homeserver.ts';
import { type Instance, startInstance } from './instance.ts';
import { type ChaosKurrentdb, startChaosKurrentdb } from './kurrentdb.ts';
import type { Link, Topology } from './plan.ts';
import { type ChaosPostgres, chaosPostgres, type OwnPostgres } from './postgres.ts';
import { type ChaosProxy, startChaosProxy } from './proxy.ts';

export const webhookSecret = 'a-secret-of-the-chaos-campaign';
export const room = '!pushes:double.test';

/** All parts of one stretch: the service and whatever it talks to, each connection through a proxy. */
export interface System {
  readonly topology: Topology;
  readonly directory: string;
  readonly instances: readonly Instance[];
  readonly disks: readonly SmallDisk[];
  readonly clocks: readonly FakeTime[];
  readonly postgres: ChaosPostgres;
  readonly kurrentdb: ChaosKurrentdb | null;
  readonly homeserver: ChaosHomeserver;
  readonly gitea: ChaosGitea;
  readonly dagEngine: DagEngineDouble;
  readonly links: Readonly<Record<Link, ChaosProxy>>;
  /** Where Gitea delivers to. */
  readonly hookUrl: string;
  /** Of the first instance, for commands that look at its ledger. */
  readonly env: Readonly<Record<string, string>>;
  /** Direct, past the proxy; null where the service has its own PostgreSQL. */
  readonly databaseUrl: string | null;
  close(): Promise<void>;
}

/** A spool and little else; an embedded cluster needs room for its WAL as well. */
const diskMegabytes = { own: 16, embedded: 320 };

/** @param logs the directory for the logs of the service */
export async function startSystem(
  topology: Topology,
  own: OwnPostgres | null,
  logs: string,
): Promise<System> {
  const directory = await mkdtemp(join(tmpdir(), 'pushledger-chaos-'));
  chmodSync(directory, 0o755);
  mkdirSync(logs, { recursive: true });
  const names = topology.instances === 2 ? ['one', 'two'] : ['one'];
  const places = names.map((name) => ({
    name,
    logPath: join(logs, `${name}.log`),
    disk: makeSmallDisk(join(directory, name), diskMegabytes[topology.postgres]),
    clock: makeFakeTime(join(directory, `${name}.clock`)),
  }));
  const databaseUrl = own ? await createDatabase(own.url) : null;
  const kurrentdb =
    topology.store === 'kurrentdb' ? await startChaosKurrentdb(join(directory, 'kurrentdb.log')) : null;
  const homeserver = await startChaosHomeserver(room, directory, logs);
  const gitea = await startChaosGitea(directory, logs);
  const dagEngine = await startDagEngine();

  const instances: Instance[] = [];
  let turn = 0;
  const links = {
    // As a load balancer that takes turns and knows nothing of who is ready.
    deliveries: await startChaosProxy(() => instances[turn++ % instances.length]?.port ?? null),
    // The port may be another one after a restart.
    database: await startChaosProxy(() => (own ? Number(new URL(own.url).port) : null)),
    'event store': await startChaosProxy(() => kurrentdb?.port ?? null),
    homeserver: await startChaosProxy(homeserver.port),
    gitea: await startChaosProxy(gitea.port),
    dag_engine: await startChaosProxy(() => dagEngine.port),
  };
  const hookUrl = `http://127.0.0.1:${links.deliveries.port}/webhook/gitea`;
  const shared = {
    GITEA_WEBHOOK_SECRET: webhookSecret,
    AUDIT_KEY: 'the-audit-key-of-the-chaos-campaign',
    GITEA_URL: `http://127.0.0.1:${links.gitea.port}/git`,
    GITEA_TOKEN: 'good-token',
    GITEA_OWNER: 'acme',
    PUSHLEDGER_INSTANCE: 'gitea.test',
    MATRIX_HOMESERVER_URL: `http://127.0.0.1:${links.homeserver.port}`,
    MATRIX_ACCESS_TOKEN: botToken,
    MATRIX_ROOM: room,
    DAG_ENGINE_URL: throughProxy(dagEngine.url, links.dag_engine),
    NOTIFY_WINDOW: '2s',
    NOTIFY_EDIT_INTERVAL: '300ms',
    NOTIFY_RATE: '1000',
    NOTIFY_BURST: '10000',
    ENRICHMENT_RATE: '100',
    SPOOL_AFTER: '1s',
    SPOOL_LIMIT: '8MiB',
    ...(databaseUrl !== null && { DATABASE_URL: throughProxy(databaseUrl, links.database) }),
    ...(kurrentdb && { EVENT_STORE_URL: `esdb://127.0.0.1:${links['event store'].port}?tls=false` }),
  };
  const ports = await freePorts(names.length);
  const cwd = directory;
  places.forEach(({ name, logPath, disk, clock }, index) => {
    const env = { ...shared, PUSHLEDGER_DATA_DIR: join(disk.path, 'data'), ...clock.env };
    instances.push(startInstance({ name, port: ports[index] ?? 0, cwd, logPath, env }));
  });
  await gitea.furnish(hookUrl, webhookSecret);

  const [first] = places;
  const dataDir = join(first?.disk.path ?? directory, 'data');
  return {
    topology,
    directory,
    instances,
    disks: places.map(({ disk }) => disk),
    clocks: places.map(({ clock }) => clock),
    postgres: chaosPostgres(own?.dataDir ?? dataDir),
    kurrentdb,
    homeserver,
    gitea,
    dagEngine,
    links,
    hookUrl,
    env: {
      ...shared,
      PUSHLEDGER_DATA_DIR: dataDir,
      ...(databaseUrl !== null && { DATABASE_URL: databaseUrl }),
    },
    databaseUrl,
    async close() {
      await Promise.all(instances.map((instance) => instance.close()));
      await Promise.all(Object.values(links).map((link) => link.close()));
      await kurrentdb?.close();
      await homeserver.close();
      await gitea.close();
      await dagEngine.close();
      for (const { disk } of places) disk.close();
      if (own && databaseUrl !== null) await dropDatabase(own.url, databaseUrl);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function throughProxy(url: string, { port }: ChaosProxy): string {
  const proxied = new URL(url);
  proxied.host = `127.0.0.1:${port}`;
  return proxied.href.replace(/\/$/, '');
}

async function createDatabase(serverUrl: string): Promise<string> {
  const name = `chaos_${process.pid}_${Date.now()}`;
  await administer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function dropDatabase(serverUrl: string, databaseUrl: string): Promise<void> {
  await administer(serverUrl, `drop database ${new URL(databaseUrl).pathname.slice(1)} with (force)`);
}

async function administer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
