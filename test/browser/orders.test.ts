import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken } from '../dashboard/support/api.ts';
import { until } from '../support/condition.ts';
import { botToken, type Homeserver, misbehaviours, startHomeserver } from '../support/homeserver.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { useBrowser } from './support/browser.ts';
import { sendPush } from './support/pushes.ts';
import { settled } from './support/rows.ts';

const room = '!room:double.test';
const browser = useBrowser();
let homeserver: Homeserver;
let service: RunningService;
beforeAll(async () => {
  homeserver = await startHomeserver({ rooms: [{ id: room }] });
  service = await startTestService({
    env: {
      ADMIN_TOKEN: adminToken,
      MATRIX_HOMESERVER_URL: homeserver.url,
      MATRIX_ACCESS_TOKEN: botToken,
      MATRIX_ROOM: room,
    },
  });
});
afterAll(async () => {
  await service?.stop();
  await homeserver?.close();
});

async function signIn(page: Awaited<ReturnType<typeof browser.open>>): Promise<void> {
  await page.getByLabel('ADMIN_TOKEN').fill(adminToken);
  await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
}

async function park(...messages: readonly string[]): Promise<void> {
  homeserver.misbehave(misbehaviours.forbidden);
  for (const message of messages) await sendPush(service.url, { message, repository: message });
  await until('all of them to be parked', async () => {
    const rows = await service.rows(`select from pushledger.notifications where state = 'parked'`);
    return rows.length === messages.length;
  });
  homeserver.behave();
}

describe('parked messages', () => {
  it('are shown with the reason, and one is tried again after a sign-in', async () => {
    await park('alone');
    const page = await browser.open(service.address);
    await settled(page);
    await page.getByRole('link', { name: /^Messages.*1 parked$/ }).click();
    await page.getByRole('link', { name: /^parked/ }).click();
    await page.getByText('M_FORBIDDEN').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await signIn(page);
    await page.getByText('No message is in this state.').waitFor();
    await until('the message in the room', () => homeserver.accepted.length === 1);
    await page.getByRole('link', { name: /^sent/ }).click();
    await page.getByText('[alone]').waitFor();
  });

  it('are tried again together after their number was agreed to', async () => {
    const before = homeserver.accepted.length;
    await park('first', 'second', 'third');
    const page = await browser.open(`${service.address}/#/messages`);
    await page.getByRole('button', { name: 'Try all 3 parked again' }).click();
    await signIn(page);
    const dialog = page.getByRole('dialog', { name: 'Try 3 parked messages again?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(homeserver.accepted.length).toBe(before);
    await page.getByRole('button', { name: 'Try all 3 parked again' }).click();
    await page.getByRole('button', { name: 'Try 3 again' }).click();
    await page.getByText('3 messages are tried again.').waitFor();
    await until('all of them in the room', () => homeserver.accepted.length === before + 3);
  });

  it('are left alone when they are others than were agreed to', async () => {
    await park('left');
    const page = await browser.open(`${service.address}/#/messages`, { expected: /status of 409/ });
    await page.getByRole('button', { name: 'Try the parked one again' }).click();
    await signIn(page);
    await page.getByRole('dialog', { name: 'Try 1 parked message again?' }).waitFor();
    await service.rows(`update pushledger.notifications set state = 'sent' where state = 'parked'`);
    await page.getByRole('button', { name: 'Try it again' }).click();
    await page.getByRole('alert').getByText('0 are parked, not 1').waitFor();
  });
});

it('a rebuild is started and watched to its end', async () => {
  await service.settled();
  await service.rows(`update pushledger.pushes set messages = 'spoilt'`);
  const page = await browser.open(`${service.address}/#/health`);
  await page.getByText('All is well').or(page.getByText('Something needs attention')).waitFor();
  for (const name of ['call_monitor', 'data_factory', 'hooks']) await page.getByLabel(name).uncheck();
  await page.getByLabel('Only show what differs').uncheck();
  await page.getByRole('button', { name: 'Start rebuild' }).click();
  await signIn(page);
  await page.getByRole('dialog', { name: 'Rebuild these projections?' }).getByText('push_history').waitFor();
  await page.getByRole('button', { name: 'Rebuild', exact: true }).click();
  await page.getByText('done', { exact: true }).waitFor();
  const row = page.getByRole('row', { name: /pushes/ }).last();
  expect(await row.locator('[data-label=Changed]').innerText()).not.toBe('0');
  const spoilt = await service.rows(`select from pushledger.pushes where messages = 'spoilt'`);
  expect(spoilt).toEqual([]);
});
