import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/doctor/finding.ts';
import { startSilence } from '../doctor/support/web.ts';
import { useMachine } from '../support/service-process-fixture.ts';

describe('pushledger doctor', () => {
  const machine = useMachine();
  let silence: Awaited<ReturnType<typeof startSilence>>;
  beforeEach(async () => {
    silence = await startSilence();
  });
  afterEach(() => silence.close());

  test('on a fresh machine nothing is wrong, and nothing is made', async () => {
    const { status, stdout } = await machine.run(['doctor']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^configuration\n {2}ok {7}settings/);
    expect(stdout).toContain('the embedded PostgreSQL does not run');
    expect(stdout).toMatch(/0 wrong, \d+ skipped\n$/);
    expect(await machine.postgresPid()).toBeNull();
  });

  test('beside a running service it looks into its embedded database', async () => {
    await machine.serve();
    const { status, stdout } = await machine.run(['doctor']);
    expect(stdout).toMatch(/ok {7}server +PostgreSQL \d+, the embedded one, writable/);
    expect(stdout).toContain('each has its leader');
    expect(status).toBe(0);
  });

  test('ends with status 1 where something is wrong, however much hangs', async () => {
    const env = {
      DATABASE_URL: `postgres://x:y@127.0.0.1:${silence.port}/x`,
      GITEA_URL: silence.url,
      GITEA_TOKEN: 'token',
      DAG_ENGINE_URL: silence.url,
    };
    const { status, stdout } = await machine.run(['doctor', '--json'], env);
    expect(status).toBe(1);
    const findings = JSON.parse(stdout) as Finding[];
    expect(findings.find(({ group, check }) => group === 'database' && check === 'server')).toMatchObject({
      verdict: 'wrong',
      advice: expect.any(String),
    });
  });

  test('a wrong configuration is its first finding', async () => {
    const { status, stdout } = await machine.run(['doctor'], { GITEA_URL: 'nonsense' });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^configuration\n {2}wrong +settings +GITEA_URL/);
    expect(stdout).toContain('→');
  });
});
