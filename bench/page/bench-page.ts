import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { chromium } from 'playwright-core';
import { seedPushes } from '../../test/dashboard/support/seed.ts';
import { startServe } from '../../test/support/service-process.ts';
import { withPostgres } from '../support/postgres.ts';
import { writeResult } from '../support/results.ts';
import { measureFilters } from './api.ts';
import { type FirstView, firstView } from './first-view.ts';
import { measureViewers } from './viewers.ts';

const pushes = 1_000_000;
const rounds = 15;
const goalMs = 1_000;
const secret = 'a secret of the benchmark';
const built = new URL('../../build/dashboard/', import.meta.url);

/**
 * How large the page is, how long a reader waits for it with few pushes and with a million, what each filter takes, and
 * what a hundred viewers cost.
 */
export async function benchPage(): Promise<void> {
  const sizes = await sizesOf(built);
  await withPostgres(async (databaseUrl) => {
    const cwd = await mkdtemp(join(tmpdir(), 'pushledger-bench-page-'));
    const service = await startServe({
      cwd,
      env: {
        PORT: '0',
        DATABASE_URL: databaseUrl,
        PUSHLEDGER_DATA_DIR: cwd,
        GITEA_URL: 'https://gitea.test',
        GITEA_WEBHOOK_SECRET: secret,
      },
    });
    // One connection, as the seed has a temporary table; and none of our time-outs, as its statements take minutes.
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
    try {
      await seedPushes(pool, 100);
      const few = await measure(service.address);
      await pool.query('truncate data_factory.nodes, pushledger.pushes, pushledger.notifications cascade');
      await pool.query('truncate data_factory.runs, call_monitor.calls');
      await seedPushes(pool, pushes);
      const many = await measure(service.address);
      const filters = await measureFilters(service.address);
      const live = await measureViewers(service.address, secret);
      const figures = { pushes, rounds, goalMs, sizes, firstView: { few, many }, filters, live };
      process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
      writeResult('page', figures);
      if (many.interactiveMs.p95 > goalMs) throw new Error(`interactive after ${many.interactiveMs.p95} ms`);
    } finally {
      await pool.end();
      await service.end();
      await rm(cwd, { recursive: true, force: true });
    }
  });
}

/** Each time with an empty cache. */
async function measure(address: string): Promise<Record<keyof FirstView, { p50: number; p95: number }>> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const views: FirstView[] = [];
    for (let round = 0; round < rounds; round++) views.push(await firstView(browser, address));
    return {
      listMs: percentiles(views.map(({ listMs }) => listMs)),
      interactiveMs: percentiles(views.map(({ interactiveMs }) => interactiveMs)),
    };
  } finally {
    await browser.close();
  }
}

function percentiles(values: readonly number[]): { p50: number; p95: number } {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN);
  return { p50: at(0.5), p95: at(0.95) };
}

/** Bytes under gzip: of all, and of what the first view needs (what `index.html` names). */
async function sizesOf(folder: URL): Promise<{ all: number; firstView: number }> {
  const index = await readFile(new URL('index.html', folder), 'utf8');
  let [all, first] = [0, 0];
  for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const size = gzipSync(await readFile(join(file.parentPath, file.name))).length;
    all += size;
    if (file.name === 'index.html' || index.includes(file.name)) first += size;
  }
  return { all, firstView: first };
}
