import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPushes } from '../dashboard/support/seed.ts';
import { until } from '../support/condition.ts';
import { testPool } from '../support/database.ts';
import { bytesOf, fixtureBytes, post } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { seriousFindings } from './support/axe.ts';
import { keepScreenshot, useBrowser } from './support/browser.ts';
import { pushBody, sendPush } from './support/pushes.ts';
import { settled } from './support/rows.ts';

const browser = useBrowser();
let service: RunningService;
let pushId = '';
beforeAll(async () => {
  service = await startTestService();
  const pool = testPool(service.databaseUrl);
  await seedPushes(pool, 8_000);
  await pool.query(rename, [names]);
  await pool.end();
  const body = fixtureBytes('push-12-commits-capped-5');
  pushId = (await post(service.url, { body })).body.pushId ?? '';
  await post(service.url, { body });
  for (const push of recent) await sendPush(service.url, push);
  await post(service.url, { body: bytesOf(pushBody({ branch: 'release', pusher: 'gitea-actions' })) });
});
afterAll(() => service?.stop());

const names = [
  ...['compiler', 'ledger', 'website', 'docs', 'infra', 'parser', 'mobile-app', 'billing', 'search', 'auth'],
  ...['design-system', 'importer', 'scheduler', 'reports', 'gateway', 'cli', 'charts', 'mailer'],
];
/** Few names with many pushes each, and one with the most: what a heat map is for. */
const rename = `
  update pushledger.pushes
  set repository = 'acme/' || ($1::text[])[1 + floor(sqrt(repository_id::int) * 1.2)::int % cardinality($1::text[])]`;

const recent = [
  {
    repository: 'ledger',
    branch: 'main',
    message: 'Keep the order of pushes across a restart',
    author: 'Bob',
  },
  { repository: 'compiler', branch: 'parser', message: 'Parse numbers with separators', author: 'Grace H' },
  { repository: 'widgets', branch: 'topic', message: 'Draw the border inside the box', author: 'Ada L' },
];

const views = ['pushes', 'push', 'extractors', 'runs', 'activity', 'messages', 'hooks', 'health'] as const;

function addressOf(view: (typeof views)[number]): string {
  if (view === 'push') return `${service.address}/#/pushes/${pushId}`;
  if (view === 'runs') return `${service.address}/#/extractors?node=gitea_push_repo-3`;
  return `${service.address}/#/${view}`;
}

const isTooWide = (page: Page) => page.evaluate('document.documentElement.scrollWidth > window.innerWidth');

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  it.each(views)('axe finds nothing serious in %s', async (view) => {
    const page = await browser.open(addressOf(view), { colorScheme });
    await settled(page);
    expect(await seriousFindings(page)).toEqual([]);
    await keepScreenshot(page, `${view}-${colorScheme}`);
  });
});

it('axe finds what is wrong where something is', async () => {
  const page = await browser.open(addressOf('pushes'));
  await settled(page);
  await page.evaluate(`document.querySelector('main').append(document.createElement('button'))`);
  expect(await seriousFindings(page)).toEqual([expect.stringContaining('button-name')]);
});

describe('on a phone', () => {
  it.each(views)('%s is no wider than the phone', async (view) => {
    const page = await browser.open(addressOf(view), {
      viewport: { width: 360, height: 740 },
      isMobile: true,
      hasTouch: true,
    });
    await settled(page);
    expect(await isTooWide(page)).toBe(false);
    expect(await seriousFindings(page)).toEqual([]);
    await keepScreenshot(page, `${view}-phone`);
  });
});

describe('the page', () => {
  it('speaks Spanish with who prefers it, and English when that is chosen, from then on', async () => {
    const page = await browser.open(service.address, { locale: 'es-ES' });
    await settled(page);
    await page.getByRole('heading', { name: 'Pushes' }).waitFor();
    await page.getByRole('link', { name: 'Actividad' }).click();
    await page.getByRole('heading', { name: 'Pushes por día y repositorio' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('es');
    expect(await seriousFindings(page)).toEqual([]);
    await keepScreenshot(page, 'activity-spanish');
    await page.getByLabel('Idioma').selectOption('en');
    await page.getByRole('heading', { name: 'Activity' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Activity' }).waitFor();
  });

  it('keeps the colours that were chosen', async () => {
    const page = await browser.open(service.address, { colorScheme: 'light' });
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    await settled(page);
    const light = await background();
    await page.getByLabel('Colours').selectOption('dark');
    expect(await background()).not.toBe(light);
    await page.reload();
    await settled(page);
    expect(await background()).not.toBe(light);
  });

  it('is walked through by the keyboard alone', async () => {
    const page = await browser.open(service.address);
    await settled(page);
    const focused = () => page.evaluate('document.activeElement.textContent');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await page.getByRole('link', { name: 'Health' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor();
    await until('the focus on the heading', async () => (await focused()) === 'Health');
    expect(await page.title()).toBe('Health · pushledger');
  });

  it("tells times in the reader's zone, and the exact one on hover", async () => {
    const page = await browser.open(addressOf('push'), { timezoneId: 'Asia/Tokyo' });
    await settled(page);
    const time = page.locator('.facts time').first();
    const at = new Date((await time.getAttribute('datetime')) ?? '');
    const tokyo = at.toLocaleTimeString('en-GB', { timeZone: 'Asia/Tokyo' });
    expect(await time.innerText()).toBe(tokyo);
    expect(await time.getAttribute('title')).toContain(at.toISOString());
  });

  it('says that there is nothing at an address of no view', async () => {
    const page = await browser.open(`${service.address}/#/nowhere`);
    await page.getByRole('heading', { name: 'There is nothing at this address.' }).waitFor();
  });
});
