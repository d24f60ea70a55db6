import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endpoints } from '../../src/dashboard/api/endpoints/all.ts';
import { until } from '../support/condition.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { useMachine } from '../support/service-process-fixture.ts';
import { type Echo, startEcho } from './support/echo.ts';

const machine = useMachine();
let database: TestDatabase;
let echo: Echo;
let client: pg.Client;
/** By the place that each was planted in. */
const planted = Object.fromEntries(
  [
    ...['GITEA_WEBHOOK_SECRET', 'RETIRED_SECRET', 'GITEA_TOKEN', 'MATRIX_ACCESS_TOKEN', 'DAG_ENGINE_TOKEN'],
    ...['ADMIN_TOKEN', 'AUDIT_KEY', 'DATABASE_PASSWORD', 'EVENT_STORE_PASSWORD', 'OTEL_TOKEN'],
  ].map((name) => [name, `hush-${randomBytes(12).toString('hex')}`]),
) as Record<string, string>;
const of = (name: string) => planted[name] ?? '';
const role = `planted_${randomBytes(6).toString('hex')}`;

/** The places whose secret stands in a text, as it is or in another coat. */
function leaksIn(text: string): string[] {
  return Object.entries(planted).flatMap(([name, secret]) => {
    const coats = [secret, secret.slice(5), Buffer.from(secret).toString('base64').slice(0, 30)];
    return coats.some((coat) => text.includes(coat)) ? [name] : [];
  });
}

beforeEach(async () => {
  database = await createDatabase();
  echo = await startEcho();
  client = new pg.Client(database.url);
  await client.connect();
  const name = new URL(database.url).pathname.slice(1);
  await client.query(`create role ${role} login password '${of('DATABASE_PASSWORD')}'`);
  await client.query(`alter database ${name} owner to ${role}`);
});
afterEach(async () => {
  await client.end();
  await database.drop();
  await echo.close();
  const admin = new pg.Client(new URL('/postgres', database.url).href);
  await admin.connect();
  await admin.query(`drop role if exists ${role}`);
  await admin.end();
});

function databaseUrl(): string {
  const url = new URL(database.url);
  url.username = role;
  url.password = of('DATABASE_PASSWORD');
  return url.href;
}

/** From the environment, a file, a command and the configuration file, so that each way is gone once. */
async function environment(): Promise<Record<string, string>> {
  const tokenFile = join(machine.base, 'gitea-token');
  await writeFile(tokenFile, of('GITEA_TOKEN'));
  const configFile = join(machine.base, 'planted.yaml');
  const secrets = [
    { name: 'default', value: of('GITEA_WEBHOOK_SECRET') },
    { name: 'old', value: of('RETIRED_SECRET'), retired: 'true' },
  ];
  await writeFile(configFile, JSON.stringify({ webhookSecrets: secrets }));
  return {
    PUSHLEDGER_CONFIG: configFile,
    DATABASE_URL: databaseUrl(),
    LOG_LEVEL: 'trace',
    GITEA_URL: echo.url,
    GITEA_TOKEN_FILE: tokenFile,
    MATRIX_HOMESERVER_URL: echo.url,
    MATRIX_ACCESS_TOKEN: of('MATRIX_ACCESS_TOKEN'),
    MATRIX_ROOM: '!room:echo.test',
    DAG_ENGINE_URL: echo.url,
    DAG_ENGINE_TOKEN_COMMAND: `printf %s ${of('DAG_ENGINE_TOKEN')}`,
    ADMIN_TOKEN: of('ADMIN_TOKEN'),
    AUDIT_KEY: of('AUDIT_KEY'),
    OTEL_EXPORTER_OTLP_ENDPOINT: echo.url,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${of('OTEL_TOKEN')}`,
    OTEL_BSP_SCHEDULE_DELAY: '100',
  };
}

/** Everything that the service answers, with its headers. */
async function allAnswers(address: string): Promise<string> {
  const bearer = { authorization: `Bearer ${of('ADMIN_TOKEN')}` };
  const said: string[] = [];
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${address}${path}`, { ...init, redirect: 'manual' });
    // A session is told to who signs in, and to nobody else; it is no configured secret.
    said.push(JSON.stringify([...response.headers]), await response.text());
  };
  for (const path of ['/', '/livez', '/readyz', '/metrics', '/webhook/health', '/webhook/gitea', '/nowhere'])
    await ask(path);
  const id = '00000000-0000-4000-8000-000000000000';
  for (const { method, path } of endpoints) {
    if (path === '/api/events') continue;
    const url = path.replaceAll(/\{\w+\}/g, id);
    const body = method === 'POST' ? { body: '{}' } : {};
    for (const headers of [{}, bearer, { authorization: 'Bearer not-the-right-token' }])
      await ask(url, { method, headers: { 'content-type': 'application/json', ...headers }, ...body });
  }
  await ask('/api/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: of('ADMIN_TOKEN') }),
  });
  return said.join('\n');
}

/** Every value of every table that the service's role can see. */
async function allRows(): Promise<string> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('pushledger', 'data_factory', 'call_monitor')`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: unknown }>(`select to_jsonb(t) as row from ${name} t`);
    texts.push(JSON.stringify(rows));
  }
  return texts.join('\n');
}

test('no planted secret is in a log, an answer, an event, a row, a metric, a file or a command, whatever others quote', {
  timeout: 180_000,
}, async () => {
  const env = await environment();
  const service = await machine.serve(env);
  const hook = `${service.address}/webhook/gitea`;
  const secret = of('GITEA_WEBHOOK_SECRET');
  // A short payload of many commits, so that there is something to ask Gitea.
  const body = bytesOf(fixture('push-12-commits-capped-5'));
  expect((await post(hook, { body, secret })).body.status).toBe('accepted');
  for (const wrong of [of('RETIRED_SECRET'), 'another'])
    expect((await post(hook, { body, secret: wrong })).status).toBe(401);
  expect((await post(hook, { body: bytesOf({ nothing: 'of a push' }), secret })).status).toBe(422);
  await until(
    'everything has been asked, and has quoted',
    () =>
      ['/api/v1/', '/rooms/', '/v1/traces'].every((part) => echo.asked.some((path) => path.includes(part))),
    30_000,
  );
  await until(
    'the message is given up',
    async () => (await allRows()).includes('NotificationFailed'),
    30_000,
  );
  await until('the DAG is given up', async () => (await allRows()).includes('DagTriggerFailed'), 30_000);
  const answers = await allAnswers(service.address);
  const rows = await allRows();

  const commands = [
    ['config', 'print'],
    ['config', 'print', '--json'],
    ['doctor', '--json'],
    ['pushes', 'list', '--json'],
    ['notifications', 'list', '--json'],
    ['triggers', 'list', '--json'],
    ['hooks', 'list', '--json'],
    ['projections', 'list', '--json'],
    ['deliveries', 'list', '--json'],
    ['spool', 'list', '--json'],
    ['audit', 'verify', '--json'],
  ];
  const outputs: string[] = [];
  for (const command of commands) {
    const { stdout, stderr } = await machine.run(command, env);
    outputs.push(stdout, stderr);
  }
  expect(outputs[1]).toBe('');
  for (const masked of ['webhookSecrets.default', 'adminToken', 'auditKey', 'gitea.token', 'databaseUrl'])
    expect(outputs[0], masked).toContain(masked);

  const ended = await service.end('SIGTERM');
  expect(ended.status).toBe(0);
  const files = await readdir(machine.dataDir, { recursive: true, withFileTypes: true });
  const kept = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => (await readFile(join(file.parentPath, file.name))).toString('latin1')),
  );

  // What was looked at is what was meant: the places have said something.
  expect(ended.stdout).toContain('delivery');
  expect(answers).toContain('pushledger_deliveries_total');
  expect(rows).toContain('PushReceived');
  expect({
    logs: leaksIn(ended.stdout + ended.stderr),
    answers: leaksIn(answers),
    rows: leaksIn(rows),
    commands: leaksIn(outputs.join('\n')),
    files: leaksIn(kept.join('\n')),
  }).toEqual({ logs: [], answers: [], rows: [], commands: [], files: [] });
  // A search that finds nothing could be broken.
  expect(leaksIn(`x ${secret}`)).toEqual(['GITEA_WEBHOOK_SECRET']);
});

test('nor in what a start that fails, or a defect that ends the process, leaves behind', {
  timeout: 180_000,
}, async () => {
  const env = await environment();
  const wrongPassword = new URL(databaseUrl());
  wrongPassword.password = `${of('DATABASE_PASSWORD')}x`;
  const defect = `data:text/javascript,${encodeURIComponent('setTimeout(() => { throw new Error("a defect"); }, 2500)')}`;
  const cases: Record<string, Record<string, string>> = {
    'a wrong configuration': {
      ...env,
      PORT: 'x',
      ADMIN_TOKEN: `${of('ADMIN_TOKEN')} with spaces`,
      GITEA_URL: `http://u:${of('GITEA_TOKEN')}@x`,
    },
    'no such role or password': { ...env, DATABASE_URL: wrongPassword.href.replace(role, `${role}x`) },
    'no database there': { ...env, DATABASE_URL: databaseUrl().replace(/\/test_\w+/, '/nowhere') },
    'an event store that refuses': {
      ...env,
      EVENT_STORE_URL: `esdb://admin:${of('EVENT_STORE_PASSWORD')}@${new URL(echo.url).host}?tls=false`,
    },
    'an event store address with a mistake': {
      ...env,
      EVENT_STORE_URL: `esdb://admin:${of('EVENT_STORE_PASSWORD')}@`,
    },
    'a defect': { ...env, NODE_OPTIONS: `--import=${defect}` },
  };
  for (const [what, changed] of Object.entries(cases)) {
    const program = machine.start(['serve'], changed);
    const ended = await Promise.race([
      program.ended,
      // One that waits for its store goes on for ever; what it says while it waits is what counts.
      until('it says why it waits', () => program.stdout().includes('"level":"warn"'), 60_000).then(() =>
        program.end(),
      ),
    ]);
    const said = ended.stdout + ended.stderr;
    expect(said.length, what).toBeGreaterThan(20);
    expect({ [what]: leaksIn(said) }).toEqual({ [what]: [] });
  }
});
