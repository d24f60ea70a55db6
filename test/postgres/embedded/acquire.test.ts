import { spawn } from 'node:child_process';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { isAlive } from '../../../src/postgres/embedded/postmaster.ts';
import { type Clock, systemClock } from '../../../src/runtime/clock.ts';
import { usePostgresDirectory } from '../../support/postgres-directory.ts';
import { ask, postmasterPid } from '../../support/postgres-server.ts';

const asRoot = process.getuid?.() === 0;
/** Waits a twentieth of what it is asked to. */
const hurriedClock: Clock = {
  now: systemClock.now,
  sleep: (ms, signal) => systemClock.sleep(ms / 20, signal),
};

describe('the embedded PostgreSQL', () => {
  const at = usePostgresDirectory();

  async function killServer(): Promise<number> {
    const pid = await postmasterPid(at.clusterDir);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(async () => expect(await isAlive(pid)).toBe(false), 5_000);
    return pid;
  }

  test('starts in a fresh directory, for this machine only, with checksums and a password that only we read', async () => {
    const { url } = await at.acquireHere();

    expect(await ask(url, "SELECT current_database() || ' ' || current_user")).toBe('pushledger pushledger');
    expect(await ask(url, 'SHOW listen_addresses')).toBe('127.0.0.1');
    expect(await ask(url, 'SHOW unix_socket_directories')).toBe('');
    expect(await ask(url, 'SHOW data_checksums')).toBe('on');
    expect(await ask(url, 'SHOW fsync')).toBe('on');
    expect((await stat(join(at.dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600);
    expect((await stat(at.clusterDir)).mode & 0o777).toBe(0o700);
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(ask(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  test('is shared with another process, and only the last to release it stops it', async () => {
    const first = at.acquireElsewhere();
    const url = await first.url;
    const second = await at.acquireHere();
    expect(second.url).toBe(url);
    const pid = await postmasterPid(at.clusterDir);

    await first.release();
    expect(await ask(second.url, 'SELECT 1')).toBe(1);

    await second.release();
    expect(await isAlive(pid)).toBe(false);
  });

  test('outlives the kill -9 of its owner and is adopted', async () => {
    const owner = at.acquireElsewhere();
    await owner.url;
    const pid = await postmasterPid(at.clusterDir);

    await owner.kill();
    expect(await isAlive(pid)).toBe(true);

    const { url } = await at.acquireHere();
    expect(await postmasterPid(at.clusterDir)).toBe(pid);
    expect(await ask(url, 'SELECT 1')).toBe(1);
  });

  test('is started again when it was killed while supervised, though an idle user holds it too', async () => {
    const other = at.acquireElsewhere();
    await other.url;
    const onRestart = vi.fn();
    const { url } = await at.acquireHere({ supervise: true, onRestart, clock: hurriedClock });
    await ask(url, 'CREATE TABLE kept AS SELECT 42 AS answer');

    const pid = await killServer();

    await vi.waitFor(() => expect(onRestart).toHaveBeenCalledOnce(), 10_000);
    expect(onRestart).toHaveBeenCalledWith(url);
    expect(await postmasterPid(at.clusterDir)).not.toBe(pid);
    expect(await ask(url, 'SELECT answer FROM kept')).toBe(42);
  });

  test('is made once when two processes ask for a fresh directory at the same time', async () => {
    const urls = await Promise.all([at.acquireElsewhere().url, at.acquireElsewhere().url]);

    expect(urls[0]).toBe(urls[1]);
    expect(await ask(urls[0], 'SELECT 1')).toBe(1);
  });

  test('keeps its port over a restart, and takes another one when that is in use', async () => {
    const first = await at.acquireHere();
    const port = Number(new URL(first.url).port);
    await first.release();
    const second = await at.acquireHere();
    expect(second.url).toBe(first.url);
    await second.release();

    const squatter = createServer().listen(port, '127.0.0.1');
    try {
      const third = await at.acquireHere();
      expect(new URL(third.url).port).not.toBe(`${port}`);
      expect(await ask(third.url, 'SELECT 1')).toBe(1);
    } finally {
      squatter.close();
    }
  });

  test('is not fooled by the pid of a dead server that another process has got', async () => {
    const { url } = await at.acquireHere();
    await killServer();
    const { uid, gid } = await stat(at.clusterDir);
    const bystander = spawn('sleep', ['60'], { cwd: '/', ...(asRoot ? { uid, gid } : {}) });
    try {
      const pidFile = join(at.clusterDir, 'postmaster.pid');
      const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n');
      await writeFile(pidFile, [bystander.pid, ...rest].join('\n'));

      await at.acquireHere();
      expect(await ask(url, 'SELECT 1')).toBe(1);
      expect(await postmasterPid(at.clusterDir)).not.toBe(bystander.pid);
    } finally {
      bystander.kill();
    }
  });

  test('is made anew when a kill -9 came in the middle of making it', async () => {
    const unlucky = at.acquireElsewhere();
    unlucky.url.catch(() => undefined);
    await vi.waitFor(
      async () => {
        const unfinished = (await readdir(at.dataDir)).find((name) => name.includes('unfinished'));
        expect(await readdir(join(at.dataDir, `${unfinished}`, 'cluster', 'base'))).not.toEqual([]);
      },
      { timeout: 10_000, interval: 2 },
    );
    await unlucky.kill();
    expect(await readdir(at.dataDir)).not.toContain('postgres');

    const { url } = await at.acquireHere();
    expect(await ask(url, 'SELECT 1')).toBe(1);
    expect((await readdir(at.dataDir)).filter((name) => name.includes('unfinished'))).toEqual([]);
  });

  test('refuses a cluster of another major version and says what to do', async () => {
    await (await at.acquireHere()).release();
    await writeFile(join(at.clusterDir, 'PG_VERSION'), '17\n');

    await expect(at.acquireHere()).rejects.toThrow(/made by PostgreSQL 17, and this is 18\. Dump it/);
  });

  test('refuses to begin anew where the recorded cluster is gone', async () => {
    await (await at.acquireHere()).release();
    await rm(at.clusterDir, { recursive: true });

    await expect(at.acquireHere()).rejects.toThrow(/postgres-location, does not exist\. Restore it/);
  });

  test("says in the server's own words why it does not start", async () => {
    await (await at.acquireHere()).release();
    await writeFile(join(at.clusterDir, 'postgresql.conf'), 'no_such_setting = 1\n');

    await expect(at.acquireHere()).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining('unrecognized configuration parameter "no_such_setting"'),
    });
  });

  test('starts no second server beside one that may run in another container', async () => {
    const user = at.acquireElsewhere();
    await user.url;
    await killServer();
    const record = join(at.dataDir, 'postgres-start.json');
    const { port } = JSON.parse(await readFile(record, 'utf8'));
    await writeFile(record, JSON.stringify({ port, host: 'another container' }));

    await expect(at.acquireHere({ clock: hurriedClock })).rejects.toThrow(
      'is in use by a process in another container',
    );

    await user.kill();
    const { url } = await at.acquireHere();
    expect(await ask(url, 'SELECT 1')).toBe(1);
  });

  test("ends with the signal's reason, and leaves no server behind", async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const acquiring = at.acquireHere({ signal: abort.signal });
    await vi.waitFor(async () => expect(await readdir(at.dataDir)).toContain('postgres-password'), {
      interval: 2,
    });
    abort.abort(reason);

    await expect(acquiring).rejects.toBe(reason);
    await expect(postmasterPid(at.clusterDir)).rejects.toThrow('ENOENT');
  });
});
