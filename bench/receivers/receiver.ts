import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { hookPath } from '../../src/ingest/route.ts';

export interface Receiver {
  /** Of the hook. */
  readonly url: string;
  stop(): Promise<void>;
}

const command = fileURLToPath(new URL('../../bin/pushledger', import.meta.url));

/** `serve --roles ingest` as a process of its own, with a data directory of its own. */
export async function startReceiver(name: string, databaseUrl: string, secret: string): Promise<Receiver> {
  const dataDir = await mkdtemp(join(tmpdir(), `pushledger-bench-${name}-`));
  const { PATH = '' } = process.env;
  const child = spawn(command, ['serve', '--roles', 'ingest'], {
    cwd: dataDir,
    env: {
      PATH,
      PORT: '0',
      DATABASE_URL: databaseUrl,
      PUSHLEDGER_DATA_DIR: dataDir,
      PUSHLEDGER_INSTANCE: 'bench',
      GITEA_WEBHOOK_SECRET: secret,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(dataDir, { recursive: true, force: true });
  };
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { msg, address } = JSON.parse(line) as { msg: string; address?: string };
      if (msg === 'ready' && address !== undefined) resolve(address);
    });
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the ${name} receiver ended before it was ready`);
  });
  const address = await Promise.race([ready, ended]);
  // It ends when it is stopped.
  ended.catch(() => undefined);
  return { url: `${address}${hookPath}`, stop };
}

export async function countStored(databaseUrl: string): Promise<number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from pushledger.events where type = 'PushReceived'`,
  );
  await client.end();
  return rows[0]?.count ?? 0;
}
