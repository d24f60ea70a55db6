import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';

export interface HoldJob {
  readonly dataDir: string;
  readonly sharedDir: string;
  /** The programs; those of the checkout when absent. */
  readonly packageDir?: string;
  /** For root: the user (and group) to become before anything else. */
  readonly uid?: number;
}

export interface Holder {
  readonly process: ChildProcess;
  /** Resolves when the process has the server. */
  readonly url: Promise<string>;
  release(): Promise<void>;
  kill(): Promise<void>;
}

/** Another process that acquires the server of a data directory. */
export function holdPostgres(job: HoldJob): Holder {
  const script = fileURLToPath(new URL('./hold-postgres.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(job)], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const problems = text(child.stderr);
  const end = async (how: () => void) => {
    how();
    await exited;
  };
  return {
    process: child,
    url: Promise.race([
      once(child.stdout.setEncoding('utf8'), 'data').then(([line]) => String(line).trim()),
      exited.then(async () => Promise.reject(new Error(`the holder ended: ${await problems}`))),
    ]),
    release: () => end(() => child.stdin.write('.')),
    kill: () => end(() => child.kill('SIGKILL')),
  };
}

/** The one value of a query of one row and column. */
export async function ask(url: string, query: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text: query, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

export async function postmasterPid(clusterDir: string): Promise<number> {
  return Number((await readFile(join(clusterDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}
