import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditReport } from '../../src/audit/report.ts';
import { type AuditedService, startAuditedService } from '../audit/support/audited-service.ts';
import { auditKey, testAuditKey } from '../audit/support/keys.ts';
import { testSecret } from '../support/delivery.ts';
import { type Ended, runProgram } from '../support/service-process.ts';

const options = { timeout: 60_000 };

describe('pushledger audit', () => {
  let service: AuditedService;
  let directory: string;
  let streams: string[];
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pushledger-cli-'));
    service = await startAuditedService();
    streams = await service.push('a', 'b');
    await service.seal();
  });
  afterAll(async () => {
    await service.stop();
    rmSync(directory, { recursive: true });
  });

  const environment = () => ({
    DATABASE_URL: service.databaseUrl,
    PUSHLEDGER_DATA_DIR: join(directory, 'data'),
    GITEA_WEBHOOK_SECRET: testSecret,
    AUDIT_KEY: testAuditKey,
  });
  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
    runProgram(['audit', ...args], { cwd: directory, env: { ...environment(), ...env } });
  const reportOf = ({ stdout }: Ended) => JSON.parse(stdout) as AuditReport;

  test('verify says in a table that nothing is broken', options, async () => {
    const { status, stdout, stderr } = await run(['verify']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^pushes +2 proven$/m);
    expect(stdout).toMatch(/^seals +1 intact$/m);
    expect(stdout).toMatch(/^data_factory.runs +2 rows, 0 missing, 0 without a push$/m);
    expect(stdout).toContain('Nothing is broken; the tail is not sealed yet.');
  });

  test('verify --json says the same for programs', options, async () => {
    const ended = await run(['verify', '--json']);
    expect(ended.status).toBe(0);
    expect(reportOf(ended)).toMatchObject({ status: 'intact', pushes: { proven: 2 }, findings: [] });
  });

  test(
    'verify ends with status 2 where another key sealed the log, and takes that key',
    options,
    async () => {
      const env = { AUDIT_KEY: 'not the key that sealed it' };
      const { status, stdout } = await run(['verify'], env);
      expect(status).toBe(2);
      expect(stdout).toContain(auditKey().fingerprint);
      expect(stdout).toContain('AUDIT_KEY');
      const file = join(directory, 'old-key');
      writeFileSync(file, `${testAuditKey}\n`);
      expect(await run(['verify', '--old-key', file], env)).toMatchObject({ status: 0 });
      expect(await run(['verify', '--old-key', join(directory, 'nowhere')])).toMatchObject({ status: 2 });
    },
  );

  test('verify makes no audit key where there is none', options, async () => {
    const { AUDIT_KEY: _without, ...env } = environment();
    const { status, stdout } = await runProgram(['audit', 'verify'], { cwd: directory, env });
    expect(status).toBe(2);
    expect(stdout).toContain(auditKey().fingerprint);
    expect(existsSync(join(directory, 'data', 'audit-key'))).toBe(false);
  });

  test('verify takes retired secrets of the file, and secrets by command', options, async () => {
    const file = join(directory, 'retired.yaml');
    writeFileSync(
      file,
      `webhookSecrets:\n  - { name: old, value: "${testSecret}", retired: true }\n  - { name: new, value: a-new-webhook-secret }\n`,
    );
    const ended = await runProgram(['audit', 'verify', '--json'], {
      cwd: directory,
      env: {
        DATABASE_URL: service.databaseUrl,
        PUSHLEDGER_DATA_DIR: join(directory, 'data'),
        PUSHLEDGER_CONFIG: file,
        AUDIT_KEY_COMMAND: `printf '%s' '${testAuditKey}'`,
      },
    });
    expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: '' });
    expect(reportOf(ended)).toMatchObject({ pushes: { proven: 2 }, seals: { intact: 1 } });
  });

  test('export writes to stdout or into a file of its own', options, async () => {
    const { status, stdout } = await run(['export', '--since', '1h']);
    expect(status).toBe(0);
    const exported = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { stream: string });
    expect(exported.map(({ stream }) => stream)).toEqual(streams);

    const file = join(directory, 'pushes.csv');
    expect(await run(['export', '--format', 'csv', '--output', file])).toMatchObject({
      status: 0,
      stdout: '',
    });
    expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength(4);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await run(['export', '--until', '2026-01-01'])).stdout).toBe('');
  });

  test.each([
    [['export', '--since', 'yesterday'], '2026-02-03T04:05:06Z'],
    [['export', '--since', '1h', '--until', '2h'], '--since is not before --until'],
    [['export', '--format', 'xml'], 'jsonl, csv'],
    [['verfy'], 'Did you mean verify?'],
  ])('%j ends with status 2 and says why', options, async (args, why) => {
    const { status, stderr, stdout } = await run(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(why);
  });

  test('export into a directory that is not there is told, and leaves nothing', options, async () => {
    const { status, stderr } = await run(['export', '--output', join(directory, 'no', 'where')]);
    expect(status).toBe(1);
    expect(stderr).toContain('ENOENT');
  });

  // The last one, as it breaks the log.
  test('verify ends with status 1 and names the stream of what is broken', options, async () => {
    await service.tamper('update pushledger.events set body = null where stream = $1', [streams[0]]);
    const { status, stdout } = await run(['verify']);
    expect(status).toBe(1);
    expect(stdout).toContain(`${streams[0]}: the signed bytes are gone`);
    expect(stdout).toContain('BROKEN: 1 finding');
  });
});
