import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../support/condition.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { testSecret } from '../support/delivery.ts';
import { type RunningService, startServe } from '../support/service-process.ts';
import { useBrowser } from './support/browser.ts';
import { sendPush } from './support/pushes.ts';
import { settled, titles } from './support/rows.ts';

const browser = useBrowser();
let database: TestDatabase;
let dataDir: string;
let running: RunningService | null = null;
beforeEach(async () => {
  database = await createDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'pushledger-page-'));
});
afterEach(async () => {
  await running?.end('SIGKILL');
  await database.drop();
  await rm(dataDir, { recursive: true });
});

async function serve(port: string): Promise<RunningService> {
  running = await startServe({
    cwd: dataDir,
    env: {
      PORT: port,
      DATABASE_URL: database.url,
      PUSHLEDGER_DATA_DIR: dataDir,
      GITEA_URL: 'https://gitea.test',
      GITEA_WEBHOOK_SECRET: testSecret,
    },
  });
  return running;
}

it('the page says that it is disconnected, keeps what it had, and goes on after the service is back', async () => {
  const first = await serve('0');
  const hook = `${first.address}/webhook/gitea`;
  await sendPush(hook, { message: 'before' });
  const page = await browser.open(first.address, { expected: /ERR_|Failed to (load|fetch)/ });
  await settled(page);
  await page.getByRole('link', { name: 'before' }).waitFor();
  // The other views are loaded ahead, so that one can go there while the service is away.
  await page.waitForFunction(
    `performance.getEntriesByType('resource').some(({ name }) => /extractors/.test(name))`,
  );
  await first.end('SIGKILL');
  await page.getByRole('alert').getByText('The connection to the service was lost').waitFor();
  expect(await titles(page)).toEqual(['before']);
  // Another view, which has never been read: it says so, and offers to try again.
  await page.getByRole('link', { name: 'Extractors' }).click();
  await page.getByText('The service does not answer.').waitFor();
  const second = await serve(new URL(first.address).port);
  await sendPush(`${second.address}/webhook/gitea`, { message: 'while it was away' });
  await settled(page);
  await page.getByRole('link', { name: /^gitea_push_/ }).waitFor();
  await page.getByRole('link', { name: 'Pushes', exact: true }).click();
  await until('both pushes', async () => String(await titles(page)) === 'while it was away,before');
  await sendPush(`${second.address}/webhook/gitea`, { message: 'live again' });
  await page.getByRole('link', { name: 'live again' }).waitFor();
});

it('a view whose files cannot be had says so, takes nothing else with it, and comes by itself later', async () => {
  const first = await serve('0');
  const page = await browser.open('about:blank', { expected: /ERR_|Failed to (load|fetch)/ });
  await page.route('**/health-view*', (route) => route.abort());
  await page.goto(`${first.address}/#/health`);
  await page.getByRole('heading', { name: 'This could not be loaded' }).waitFor();
  await page.getByRole('link', { name: 'Pushes', exact: true }).click();
  await page.getByText('No push has arrived yet.').waitFor();
  await page.getByRole('link', { name: 'Health' }).click();
  await page.getByRole('heading', { name: 'This could not be loaded' }).waitFor();
  await page.unroute('**/health-view*');
  await first.end('SIGKILL');
  await page.getByText('The service does not answer.').waitFor();
  await serve(new URL(first.address).port);
  await page.getByRole('heading', { name: 'Parts' }).waitFor();
});
