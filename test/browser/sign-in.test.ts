import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken } from '../dashboard/support/api.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { useBrowser } from './support/browser.ts';
import { type PrefixProxy, startPrefixProxy } from './support/prefix-proxy.ts';
import { sendPush } from './support/pushes.ts';
import { settled } from './support/rows.ts';

const browser = useBrowser();
const refused = { expected: /status of (401|429)/ };
let service: RunningService;
let proxy: PrefixProxy;
beforeAll(async () => {
  service = await startTestService({ env: { ADMIN_TOKEN: adminToken } });
  proxy = await startPrefixProxy(service.address, '/tools/push/');
  await sendPush(service.url, { message: 'behind the door' });
  await service.settled();
});
afterAll(async () => {
  await proxy?.close();
  await service?.stop();
});

describe('behind a reverse proxy, below a path', () => {
  it('a reader has to sign in, is told of a wrong token, and then sees everything, live', async () => {
    const page = await browser.open(proxy.address, refused);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.getByText('behind the door').count()).toBe(0);
    await page.getByLabel('ADMIN_TOKEN').fill('not the token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('This is not the ADMIN_TOKEN.').waitFor();
    expect(await page.getByLabel('ADMIN_TOKEN').inputValue()).toBe('');
    await page.getByLabel('ADMIN_TOKEN').fill(adminToken);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'behind the door' }).waitFor();
    await settled(page);
    await sendPush(service.url, { message: 'through the proxy' });
    await page.getByRole('link', { name: 'through the proxy' }).click();
    await page.getByRole('heading', { name: 'Chain' }).waitFor();
    expect(page.url()).toMatch(/\/tools\/push\/#\/pushes\/[0-9a-f-]{36}$/);
    await page.reload();
    await page.getByRole('heading', { name: 'Chain' }).waitFor();
    const [cookie] = await page.context().cookies(`${proxy.address}api/`);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/tools/push/api' });
  });

  it('who signs out sees nothing any more', async () => {
    const page = await browser.open(proxy.address, refused);
    await page.getByLabel('ADMIN_TOKEN').fill(adminToken);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'behind the door' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.getByText('behind the door').count()).toBe(0);
  });

  it('who guesses is told to wait', async () => {
    const page = await browser.open(proxy.address, refused);
    const token = page.getByLabel('ADMIN_TOKEN');
    const wait = page
      .getByRole('alert')
      .getByText(/Too many attempts with a wrong token. Try again in \d+ s./);
    const wrong = page.getByRole('alert').getByText('This is not the ADMIN_TOKEN.');
    for (let attempt = 0; attempt < 6 && !(await wait.isVisible()); attempt++) {
      await token.fill(`guess ${attempt}`);
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await page.keyboard.press('Enter');
      await answered;
      await wait.or(wrong).waitFor();
    }
    await wait.waitFor();
  });
});

it('without an ADMIN_TOKEN a reader from elsewhere is told what to set', async () => {
  const open = await startTestService();
  const outside = await startPrefixProxy(open.address, '/');
  try {
    const page = await browser.open(outside.address);
    await page.getByText('This service has no ADMIN_TOKEN.').waitFor();
    expect(await page.getByRole('textbox').count()).toBe(0);
  } finally {
    await outside.close();
    await open.stop();
  }
});
