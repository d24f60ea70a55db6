import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AuditedService, sha, startAuditedService } from '../audit/support/audited-service.ts';
import { type Body, fixtureBytes, post } from '../support/delivery.ts';
import { type Ended, runProgram } from '../support/service-process.ts';

const options = { timeout: 60_000 };

describe('pushledger pushes', () => {
  let service: AuditedService;
  let directory: string;
  let ids: string[];
  const raw = fixtureBytes('push-12-commits-capped-5');
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pushledger-cli-'));
    service = await startAuditedService();
    const change = (body: Body) => ({
      ...body,
      commits: [{ ...(body.commits as object[])[0], message: 'Evil\u001b[2J text\nsecond line' }],
    });
    const streams = await service.push('a', { after: sha('b'), change });
    const answer = await post(service.url, { body: raw });
    await post(service.url, { body: raw });
    await service.settled();
    ids = [...streams.map((stream) => stream.slice(-36)), answer.body.pushId ?? ''];
  });
  afterAll(async () => {
    await service.stop();
    rmSync(directory, { recursive: true });
  });

  const run = (...args: string[]): Promise<Ended> =>
    runProgram(['pushes', ...args], {
      cwd: directory,
      env: { DATABASE_URL: service.databaseUrl, PUSHLEDGER_DATA_DIR: join(directory, 'data') },
    });

  test('list shows the newest first, a page at a time', options, async () => {
    const first = await run('list', '--limit', '2');
    expect(first.status).toBe(0);
    expect(first.stdout.split('\n')[0]).toMatch(
      /^received +repository +ref +push +commits +pusher +push id +message$/,
    );
    expect(first.stdout.indexOf(ids[2] ?? '?')).toBeLessThan(first.stdout.indexOf(ids[1] ?? '?'));
    const [, cursor = ''] = /--cursor (\S+)/.exec(first.stderr) ?? [];
    const second = await run('list', '--limit', '2', '--cursor', cursor);
    expect(second.stdout).toContain(ids[0]);
    expect(second.stdout).not.toContain(ids[1]);
    expect(second.stderr).toBe('');
  });

  test('list shows no text that moves the cursor', options, async () => {
    const { stdout } = await run('list', '--commit', sha('b'));
    expect(stdout).toContain('Evil [2J text');
    expect(stdout).not.toContain('\u001b');
  });

  test('list --json gives the same for programs', options, async () => {
    const { stdout } = await run('list', '--since', '1h', '--commit', sha('a').slice(0, 7), '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      pushes: [{ pushId: ids[0], after: sha('a') }],
      nextCursor: null,
    });
  });

  test('show tells all that is known', options, async () => {
    const { status, stdout } = await run('show', ids[2]?.toUpperCase() ?? '');
    expect(status).toBe(0);
    for (const part of [
      ids[2] ?? '?',
      'Commits, the oldest first',
      'event_store.append',
      'Delivered again',
      'Messages',
    ]) {
      expect(stdout).toContain(part);
    }
    expect(JSON.parse((await run('show', ids[2] ?? '', '--json')).stdout)).toMatchObject({
      facts: { pushId: ids[2] },
      redeliveries: [{}],
    });
  });

  test('show --raw gives the very bytes that Gitea signed', options, async () => {
    const { status, stdout } = await run('show', ids[2] ?? '', '--raw');
    expect(status).toBe(0);
    expect(Buffer.from(stdout).equals(raw)).toBe(true);
  });

  test('show of an unknown push ends with status 1 and a clear line', options, async () => {
    const unknown = randomUUID();
    expect(await run('show', unknown)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `pushledger: the log has no push ${unknown}\n`,
    });
  });

  test.each([
    [['show', 'abc'], 'UUID'],
    [['show', randomUUID(), '--raw', '--json'], 'do not go together'],
    [['list', '--commit', 'abc123'], '7 to 64 hex digits'],
    [['list', '--since', '2026-02-30'], '2026-02-03T04:05:06Z'],
    [['list', '--cursor', 'abc'], 'a cursor'],
    [['list', '--limit', '0'], 'a whole number from 1'],
  ])('%j ends with status 2 and says why', options, async (args, why) => {
    const { status, stderr, stdout } = await run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(why);
  });
});
