import { expect, test, vi } from 'vitest';
import { deliver } from '../../src/demo/deliver.ts';
import { readFixture } from '../../src/demo/deliveries.ts';
import type { RunningService } from '../support/service-process.ts';
import { useMachine } from '../support/service-process-fixture.ts';

const machine = useMachine();
const secret = 'a-secret-for-these-tests';
const serve = () => machine.serve({ GITEA_WEBHOOK_SECRET: secret });
const options = { timeout: 120_000 };

test('commands work while serve runs, and serve goes on', options, async () => {
  const service = await serve();
  await push(service, 'push-first-default-branch');
  await expectInLists('[widgets] Ada L created branch main');

  const postgres = await machine.postgresPid();
  expect(postgres).not.toBeNull();
  await push(service, 'push-force-rewrite');
  await expectInLists('[widgets] Ada L pushed 1 commit to topic');
  expect(await machine.postgresPid()).toBe(postgres);
  expect((await service.end('SIGTERM')).status).toBe(0);
});

test('commands work on the embedded PostgreSQL that a killed serve left, and stop it', options, async () => {
  const service = await serve();
  await push(service, 'push-first-default-branch');
  await expectInLists('[widgets] Ada L created branch main');
  await push(service, 'push-force-rewrite');
  await service.end('SIGKILL');
  expect(await machine.postgresPid()).not.toBeNull();

  const { status, stdout } = await machine.run(['projections', 'list', '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout).map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['data_factory', 'call_monitor', 'push_history', 'notifier']),
  );
  // Nobody else uses it.
  expect(await machine.postgresPid()).toBeNull();

  // What the killed one had accepted is handled by the next.
  await serve();
  await expectInLists('[widgets] Ada L pushed 1 commit to topic');
});

test('serve adopts the embedded PostgreSQL that a killed serve left', options, async () => {
  const killed = await serve();
  await push(killed, 'push-first-default-branch');
  await killed.end('SIGKILL');
  const left = await machine.postgresPid();
  expect(left).not.toBeNull();

  const next = await serve();
  expect(await machine.postgresPid()).toBe(left);
  await expectInLists('[widgets] Ada L created branch main');
  expect((await next.end('SIGTERM')).status).toBe(0);
  expect(await machine.postgresPid()).toBeNull();
});

test('commands work on a machine where nothing was ever started', options, async () => {
  const { status, stdout } = await machine.run(['notifications', 'list', '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual([]);
  expect(await machine.postgresPid()).toBeNull();
});

async function push(service: RunningService, fixture: string): Promise<void> {
  const body = readFixture(fixture);
  const answer = await deliver(`${service.address}/webhook/gitea`, { body, event: 'push', secret });
  expect(answer).toMatchObject({ status: 200, word: 'accepted' });
}

/** Asks by the command line until a message with this text is sent, and nothing lags behind. */
async function expectInLists(text: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const notifications = await machine.run(['notifications', 'list']);
      expect(notifications).toMatchObject({ status: 0, stderr: '' });
      expect(notifications.stdout).toMatch(/^state +planned +room +message id +version +pushes +text$/m);
      expect(notifications.stdout.split('\n').find((line) => line.includes(text))).toMatch(/^sent /);

      const projections = await machine.run(['projections', 'list', '--json']);
      expect(projections).toMatchObject({ status: 0, stderr: '' });
      expect(JSON.parse(projections.stdout)).toMatchObject(
        ['call_monitor', 'data_factory', 'hooks', 'notifier', 'push_history'].map((name) => ({
          name,
          lag: 0,
        })),
      );
    },
    { timeout: 40_000, interval: 100 },
  );
}
