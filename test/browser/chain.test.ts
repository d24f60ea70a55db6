import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, post } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { useBrowser } from './support/browser.ts';
import { pushBody, sendPush } from './support/pushes.ts';
import { settled } from './support/rows.ts';

const browser = useBrowser();
let service: RunningService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.stop());

describe('a push', () => {
  it('opens from the list at an address of its own, with its chain, and leads back to the search', async () => {
    const pushId = await sendPush(service.url, { message: 'open me\n\nwith a body' });
    await service.settled();
    const page = await browser.open(`${service.address}/#/pushes?repo=acme%2Fwidgets`);
    await page.getByRole('link', { name: 'open me' }).click();
    await page.getByRole('heading', { name: 'Chain' }).waitFor();
    expect(page.url()).toContain(`#/pushes/${pushId}?repo=acme`);
    const steps = page.locator('table.chain .step-name');
    expect(await steps.allInnerTexts()).toEqual(['Received', 'Stored', 'Recorded', 'Announced']);
    expect(await page.locator('.message-body').innerText()).toBe('with a body');
    await page.reload();
    await page.getByRole('heading', { name: 'Chain' }).waitFor();
    await page.getByRole('link', { name: 'All pushes' }).click();
    await page.getByRole('link', { name: 'open me' }).waitFor();
    expect(page.url()).toMatch(/#\/pushes\?repo=acme%2Fwidgets$/);
  });

  it('shows a redelivery where it happened, while one looks at it', async () => {
    const body = bytesOf(pushBody({ message: 'twice' }));
    const first = await post(service.url, { body });
    await service.settled();
    const page = await browser.open(`${service.address}/#/pushes/${first.body.pushId}`);
    await settled(page);
    await post(service.url, { body });
    await page.locator('table.chain').getByText('Received again').waitFor();
    await page.getByText('Redeliveries').waitFor();
  });

  it('gives the body that Gitea signed, byte for byte', async () => {
    const body = bytesOf(pushBody({ message: 'verbatim' }));
    const { pushId } = (await post(service.url, { body })).body;
    await service.settled();
    const page = await browser.open(`${service.address}/#/pushes/${pushId}`);
    await page.getByRole('button', { name: 'Show' }).click();
    const shown = page.locator('pre.verbatim');
    await shown.waitFor();
    expect(await shown.textContent()).toBe(body.toString());
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download' }).click(),
    ]);
    expect(await readFile(await download.path())).toEqual(body);
  });

  it('shows its message as the room does, with links', async () => {
    const pushId = await sendPush(service.url, { message: 'say it' });
    await service.settled();
    const page = await browser.open(`${service.address}/#/pushes/${pushId}`);
    const message = page.locator('.matrix');
    await message.getByText('say it').waitFor();
    const [link] = await message.getByRole('link', { name: 'main' }).all();
    expect(await link?.getAttribute('href')).toBe('https://gitea.test/acme/widgets/src/branch/main');
  });

  it('that nobody knows is said to be unknown', async () => {
    const page = await browser.open(`${service.address}/#/pushes/5526c430-e1d7-5db8-a353-50368dff2eaf`, {
      expected: /status of 404/,
    });
    await page.getByRole('alert').getByText('the log has no push').waitFor();
  });
});

describe('what a commit says', () => {
  const hostile =
    '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script> \u202egnp.exe &lt;b&gt;';

  it('is text, in the list, the push, its message and the title, whatever it says', async () => {
    const name = '"><svg onload=alert(1)>\u202eevil';
    const pushId = await sendPush(service.url, {
      message: `${hostile}\n\n</pre><script>alert(2)</script>`,
      branch: 'x"><i>y',
      author: name,
    });
    await service.settled();
    const page = await browser.open(service.address);
    await settled(page);
    const shown = hostile.replace('\u202e', '');
    expect(await page.locator('table.pushes .title').first().innerText()).toBe(shown);
    await page.locator('table.pushes .title').first().click();
    await page.getByRole('heading', { name: 'Chain' }).waitFor();
    expect(page.url()).toContain(pushId);
    expect(await page.locator('.commit-title').innerText()).toBe(shown);
    expect(await page.locator('.message-body').innerText()).toBe('</pre><script>alert(2)</script>');
    expect(await page.locator('.matrix').innerText()).toContain('<img src=x onerror=');
    expect(await page.title()).toContain('x"><i>y');
    expect(await page.locator('main script, main img, main svg, main i').count()).toBe(0);
    expect(await page.locator('main').innerText()).not.toContain('\u202e');
  });
});
