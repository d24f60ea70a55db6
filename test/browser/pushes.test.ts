import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/condition.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { useBrowser } from './support/browser.ts';
import { sendPush } from './support/pushes.ts';
import { settled, titles } from './support/rows.ts';

const browser = useBrowser();
let service: RunningService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.stop());

describe('the list of pushes', () => {
  it('says what to do before the first push has arrived, and shows it without a reload', async () => {
    const page = await browser.open(service.address);
    await page.getByText('No push has arrived yet.').waitFor();
    await settled(page);
    await sendPush(service.url, { message: 'the very first', branch: 'main' });
    await page.getByRole('link', { name: 'the very first' }).waitFor();
    await page.getByText('announced', { exact: true }).waitFor();
  });

  it('puts a new push on top, and tells a screen reader of it', async () => {
    const page = await browser.open(service.address);
    await settled(page);
    await sendPush(service.url, {
      message: 'one more',
      repository: 'gadgets',
      branch: 'topic',
      pusher: 'bob',
    });
    await until('the push on top', async () => (await titles(page))[0] === 'one more');
    const news = page.locator('[aria-live=polite]');
    expect(await news.textContent()).toBe('New push to acme/gadgets, topic, by bob');
  });

  it('finds by words, repository and branch, and keeps what was asked for in the address', async () => {
    await sendPush(service.url, { message: 'mend the parser', repository: 'compiler', branch: 'main' });
    await sendPush(service.url, { message: 'mend the printer', repository: 'compiler', branch: 'main' });
    await service.settled();
    const page = await browser.open(service.address);
    await page.getByLabel('Words in commit messages').fill('parser');
    await page.getByRole('button', { name: 'Search' }).click();
    await until('the one push', async () => String(await titles(page)) === 'mend the parser');
    expect(page.url()).toContain('#/pushes?q=parser');
    await page.reload();
    await until('the same after a reload', async () => String(await titles(page)) === 'mend the parser');
    await page.getByLabel('Words in commit messages').fill('nothing has this');
    await page.keyboard.press('Enter');
    await page.getByText('No push fits these filters.').waitFor();
    await page.goBack();
    await until('the search before', async () => String(await titles(page)) === 'mend the parser');
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('button', { name: 'More filters' }).click();
    await page.getByLabel('Repository', { exact: true }).fill('acme/compiler');
    await page.getByLabel('Branch', { exact: true }).fill('main');
    await page.keyboard.press('Enter');
    await until('both', async () => (await titles(page)).length === 2);
  });

  it('brings a new push into a search that it fits', async () => {
    const page = await browser.open(`${service.address}/#/pushes?repo=acme%2Flathe`);
    await page.getByText('No push fits these filters.').waitFor();
    await settled(page);
    await sendPush(service.url, { message: 'elsewhere', repository: 'other' });
    await sendPush(service.url, { message: 'turn it', repository: 'lathe' });
    await until('the fitting one', async () => String(await titles(page)) === 'turn it');
  });

  it('says which filter is wrong', async () => {
    const page = await browser.open(`${service.address}/#/pushes?commit=xyz`, { expected: /status of 400/ });
    await page.getByRole('alert').getByText('hex digits').waitFor();
    expect(await page.getByLabel('Commit', { exact: true }).getAttribute('aria-invalid')).toBe('true');
  });

  it('goes on page by page, and shows each push once while new ones arrive', async () => {
    const repository = 'many';
    for (let index = 0; index < 120; index++) {
      await sendPush(service.url, { repository, message: `change ${index}` });
    }
    await service.settled();
    const page = await browser.open(service.address);
    await settled(page);
    await until('the first page', async () => (await titles(page)).length === 50);
    await sendPush(service.url, { repository, message: 'in between' });
    await until('the new one', async () => (await titles(page))[0] === 'in between');
    await page.getByRole('button', { name: 'Load more' }).click();
    await until('the second page', async () => (await titles(page)).length === 101);
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByText('That is all.').waitFor();
    const all = await titles(page);
    const ours = all.filter((title) => title.startsWith('change '));
    expect(ours).toEqual(Array.from({ length: 120 }, (_, index) => `change ${119 - index}`));
    expect(all[0]).toBe('in between');
  });
});
