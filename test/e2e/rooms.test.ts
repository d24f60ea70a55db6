import { expect, test } from 'vitest';
import { z } from 'zod';
import { until } from '../support/condition.ts';
import { aliasOf } from './support/account.ts';
import { type Deployment, eachByItself, useDeployment } from './support/deployment.ts';
import { pushTo } from './support/pushes.ts';
import { useSynapse } from './support/use-synapse.ts';

const deployment = useDeployment(useSynapse('raised'));

const notificationsSchema = z.array(
  z.object({ messageId: z.string(), state: z.string(), reason: z.string().nullable() }),
);

test('by their aliases, branches go to a public room and tags to one that the account was invited to', async () => {
  const { person, bot, configure, serve, named, read } = deployment();
  const news = await person.createRoom({ alias: 'fn-registry-news', open: true });
  const releases = await person.createRoom({ alias: 'fn-registry-releases', invite: [bot] });
  await configure(`
routes:
  - branch: "**"
    rooms: "${aliasOf('fn-registry-news')}"
  - tag: "**"
    rooms: ["${aliasOf('fn-registry-releases')}"]
`);
  const service = await serve({ PUSHLEDGER_CONFIG: 'pushledger.yaml' });
  const change = { repository: 'widgets', message: 'a change' };

  const branch = await pushTo(service.address, change);
  const tag = await pushTo(service.address, { ...change, ref: 'refs/tags/v1.0' });

  expect(await named(news, [branch])).toMatchObject([{ pushIds: [branch] }]);
  expect(await named(releases, [tag])).toMatchObject([{ pushIds: [tag] }]);
  expect(await read(news)).toHaveLength(1);
});

test('a room that the account may not join: parked with the reason, and sent by retry after the invitation', async () => {
  const { person, bot, serve, run, named, read } = deployment();
  const room = await person.createRoom();
  const service = await serve({ MATRIX_ROOM: room });
  const pushId = await pushTo(service.address, { repository: 'widgets', message: 'a change' });

  const { messageId, reason } = await parked(deployment());
  expect(reason).toMatch(/^M_FORBIDDEN \(HTTP 403\): .*not invited/);
  expect(await read(room)).toEqual([]);

  await person.invite(room, bot.userId);
  expect(await run('notifications', 'retry', messageId)).toMatchObject({ status: 0 });
  expect(await named(room, [pushId])).toMatchObject([{ messageId, pushIds: [pushId], versions: [1] }]);
  const list = await run('notifications', 'list', '--json');
  expect(notificationsSchema.parse(JSON.parse(list.stdout))).toMatchObject([{ messageId, state: 'sent' }]);
});

test('an encrypted room gets nothing, and the reason says what to do', async () => {
  const { person, bot, serve, read, proxy } = deployment();
  const room = await person.createRoom({ encrypted: true, invite: [bot] });
  const service = await serve({ MATRIX_ROOM: room });
  await pushTo(service.address, { repository: 'widgets', message: 'a secret' });

  const { reason } = await parked(deployment());

  expect(reason).toContain(`room ${room} is encrypted`);
  expect(reason).toContain('give MATRIX_ROOM a room without encryption');
  expect(await read(room)).toEqual([]);
  expect(proxy.sends()).toEqual([]);
});

test('an account that was removed and invited again is back in its room', async () => {
  const { person, bot, serve, named } = deployment();
  const room = await person.createRoom({ invite: [bot] });
  const service = await serve({ MATRIX_ROOM: room, ...eachByItself });
  const first = await pushTo(service.address, { repository: 'widgets', message: 'one' });
  await named(room, [first]);

  await person.kick(room, bot.userId);
  await person.invite(room, bot.userId);
  const second = await pushTo(service.address, { repository: 'widgets', message: 'two' });

  expect(await named(room, [first, second])).toMatchObject([{ pushIds: [first] }, { pushIds: [second] }]);
});

/** The one message that is parked, as the command line tells it. */
async function parked({ run }: Deployment): Promise<{ messageId: string; reason: string }> {
  return until(
    'a parked message',
    async () => {
      const { stdout } = await run('notifications', 'list', '--state', 'parked', '--json');
      const [message] = notificationsSchema.parse(JSON.parse(stdout));
      return message?.reason ? { messageId: message.messageId, reason: message.reason } : null;
    },
    60_000,
  );
}
