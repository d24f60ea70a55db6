import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { allChecks } from '../../src/doctor/all-checks.ts';
import { type Finding, groups } from '../../src/doctor/finding.ts';
import { runDoctor } from '../../src/doctor/run-doctor.ts';
import { testSecret } from '../support/delivery.ts';
import { startGitea } from '../support/gitea/server.ts';
import { startTestService } from '../support/running-service.ts';
import { startMatrix, startSilence, startWeb } from './support/web.ts';

let base: string;
let closing: (() => Promise<unknown>)[];
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'pushledger-doctor-'));
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await rm(base, { recursive: true });
});

async function opened<T extends { close(): Promise<unknown> }>(opening: Promise<T>): Promise<T> {
  const part = await opening;
  closing.push(() => part.close());
  return part;
}
const doctor = (env: Record<string, string>, limitMs = 10_000) =>
  runDoctor({ load: () => loadConfig({ env, cwd: base }), limitMs });
const textOf = (findings: readonly Finding[], group: string) =>
  findings
    .filter((finding) => finding.group === group)
    .map(({ verdict, check, text }) => `${verdict} ${check} ${text}`)
    .join('\n');

describe('everything good', () => {
  test('beside a running service nothing is wrong, and nothing is made', async () => {
    const gitea = await opened(startGitea());
    const matrix = await opened(startMatrix());
    const dags = await opened(startWeb(() => ({ status: 405, body: {} })));
    const service = await startTestService({
      env: {
        GITEA_URL: gitea.url,
        GITEA_TOKEN: 'good-token',
        PUSHLEDGER_INSTANCE: 'gitea.test',
        DAG_ENGINE_URL: dags.url,
      },
    });
    closing.push(() => service.stop());
    const repository = gitea.world.createRepository('acme', 'widgets');
    gitea.world.addHook(
      { kind: 'repository', repositoryId: repository.id },
      {
        active: true,
        events: ['push', 'delete'],
        config: { url: service.url, content_type: 'json' },
        secret: testSecret,
      },
    );
    repository.push('main');
    const all = async (count: number) => {
      const [row] = await service.rows<{ runs: number }>(
        'select count(*)::int as runs from data_factory.runs',
      );
      return row?.runs === count;
    };
    await expect.poll(() => all(1), { timeout: 15_000 }).toBe(true);
    let findings: readonly Finding[] = [];
    const env = {
      DATABASE_URL: service.databaseUrl,
      PUSHLEDGER_DATA_DIR: join(base, 'data'),
      GITEA_URL: gitea.url,
      GITEA_TOKEN: 'good-token',
      GITEA_WEBHOOK_SECRET: testSecret,
      PUSHLEDGER_INSTANCE: 'gitea.test',
      PUBLIC_URL: service.address,
      MATRIX_HOMESERVER_URL: matrix.url,
      MATRIX_ACCESS_TOKEN: 'token',
      MATRIX_ROOM: '#pushes:example',
      DAG_ENGINE_URL: dags.url,
    };
    const look = async () => {
      findings = await doctor(env);
      return findings
        .filter(({ verdict }) => verdict !== 'ok')
        .map(({ verdict, check, text }) => `${verdict} ${check}: ${text}`);
    };
    // A double on this machine has an address to which Gitea would not send. The last leaders and subscribers may take a
    // moment longer than the run.
    await expect
      .poll(look, { timeout: 30_000 })
      .toEqual([expect.stringMatching(/^warning webhook address: /)]);
    expect(new Set(findings.map(({ group }) => group))).toEqual(new Set(groups));
    expect(textOf(findings, 'Gitea')).toContain('takes our secret');
    expect(textOf(findings, 'Gitea')).toContain('ok hooks 1 repositories call');
    expect(textOf(findings, 'Matrix')).toContain('ok rooms #pushes:example joined, may write');
    expect(textOf(findings, 'work')).toContain('each has its leader');
    expect(existsSync(join(base, 'data'))).toBe(false);
  }, 60_000);
});

describe('everything broken', () => {
  test('each part says so, and the whole ends', async () => {
    const silence = await opened(startSilence());
    const page = await opened(
      startWeb(() => ({ body: '<html>Sign in</html>', headers: { 'content-type': 'text/html' } })),
    );
    const file = join(base, 'file');
    await writeFile(file, 'no directory');
    const findings = await doctor(
      {
        DATABASE_URL: `postgres://x:a-password@127.0.0.1:${silence.port}/x`,
        EVENT_STORE_URL: `esdb://127.0.0.1:${silence.port}?tls=false`,
        PUSHLEDGER_DATA_DIR: file,
        GITEA_URL: silence.url,
        GITEA_TOKEN: 'a-gitea-token',
        PUBLIC_URL: page.url,
        GITEA_WEBHOOK_SECRET: testSecret,
        MATRIX_HOMESERVER_URL: page.url,
        MATRIX_ACCESS_TOKEN: 'a-matrix-token',
        MATRIX_ROOM: '!room:example',
        DAG_ENGINE_URL: silence.url,
      },
      1_000,
    );
    const wrong = new Set(findings.filter(({ verdict }) => verdict === 'wrong').map(({ group }) => group));
    expect([...wrong].sort()).toEqual(
      ['Gitea', 'Matrix', 'dag_engine', 'data directory', 'database', 'event store', 'work', 'clocks'].sort(),
    );
    expect(textOf(findings, 'data directory')).toContain('no directory');
    expect(textOf(findings, 'database')).toContain('no answer within 1 s');
    expect(textOf(findings, 'Matrix')).toContain('no homeserver');
    expect(JSON.stringify(findings)).not.toMatch(/a-password|a-gitea-token|a-matrix-token/);
  });

  test('what is refused at once is told at once, and what hangs on it is skipped', async () => {
    const closed = await startSilence();
    await closed.close();
    const findings = await doctor({
      DATABASE_URL: `postgres://x:y@127.0.0.1:${closed.port}/x`,
      PUSHLEDGER_DATA_DIR: base,
      GITEA_URL: closed.url,
      GITEA_TOKEN: 'token',
    });
    expect(textOf(findings, 'database')).toContain('ECONNREFUSED');
    expect(textOf(findings, 'Gitea')).toContain('ECONNREFUSED');
    expect(textOf(findings, 'event store')).toContain('skipped log the database cannot be reached');
    expect(textOf(findings, 'work')).toMatch(/^(skipped .*\n?)+$/);
  });

  test('a configuration that is wrong is told problem by problem, and the rest is skipped', async () => {
    const findings = await doctor({ PORT: 'http', GITEA_URL: 'nonsense' });
    expect(textOf(findings, 'configuration')).toMatch(/wrong settings PORT.*\nwrong settings GITEA_URL/);
    expect(findings.filter(({ verdict }) => verdict === 'skipped')).toHaveLength(allChecks.length);
  });

  test('a check that breaks, and one that answers with the text of others, are findings on one line', async () => {
    const check = (name: string, run: () => never) => ({
      group: 'work' as const,
      name,
      run: async () => run(),
    });
    const findings = await runDoctor({
      load: () => loadConfig({ env: {}, cwd: base }),
      checks: [
        check('breaks', () => {
          throw new TypeError('of \u001b[31mred\n and two lines');
        }),
      ],
    });
    expect(findings.at(-1)).toMatchObject({
      verdict: 'wrong',
      check: 'breaks',
      text: 'of [31mred and two lines',
    });
  });
});
