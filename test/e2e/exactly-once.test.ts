import { expect, test } from 'vitest';
import { eachByItself, useDeployment } from './support/deployment.ts';
import { pushTo } from './support/pushes.ts';
import { namings } from './support/read-room.ts';
import { useSynapse } from './support/use-synapse.ts';

const synapse = useSynapse('raised');
const deployment = useDeployment(synapse);

test('killed between request and answer, the service sends again, and the homeserver knows the message', async () => {
  const { person, bot, serve, named, proxy } = deployment();
  const room = await person.createRoom({ invite: [bot] });
  const service = await serve({ MATRIX_ROOM: room, ...eachByItself });
  const first = await pushTo(service.address, { repository: 'widgets', message: 'one' });
  await named(room, [first]);
  const kept = proxy.loseNextAnswer('keep');
  const second = await pushTo(service.address, { repository: 'widgets', message: 'two' });
  const { transactionId, body } = await kept;
  await service.end('SIGKILL');

  const again = await serve({ MATRIX_ROOM: room, ...eachByItself });
  // One after the other: when this one is in the room, the one before it has been sent.
  const third = await pushTo(again.address, { repository: 'widgets', message: 'three' });

  expect(await named(room, [first, second, third])).toMatchObject([
    { pushIds: [first], versions: [1] },
    { pushIds: [second], versions: [1] },
    { pushIds: [third], versions: [1] },
  ]);
  expect(proxy.sends()[2]).toMatchObject({ transactionId, status: 200, body });
});

test('killed so with the first message of all, it finds that in the room', async () => {
  const { person, bot, serve, named, proxy } = deployment();
  const room = await person.createRoom({ invite: [bot] });
  const service = await serve({ MATRIX_ROOM: room, ...eachByItself });
  const kept = proxy.loseNextAnswer('keep');
  const first = await pushTo(service.address, { repository: 'widgets', message: 'one' });
  await kept;
  await service.end('SIGKILL');

  const again = await serve({ MATRIX_ROOM: room, ...eachByItself });
  const second = await pushTo(again.address, { repository: 'widgets', message: 'two' });

  expect(await named(room, [first, second])).toMatchObject([{ pushIds: [first] }, { pushIds: [second] }]);
  expect(proxy.sends()).toHaveLength(2);
});

test('an edit whose answer was lost is in the room once, too', async () => {
  const { person, bot, serve, named, proxy } = deployment();
  const room = await person.createRoom({ invite: [bot] });
  const env = { MATRIX_ROOM: room, NOTIFY_EDIT_INTERVAL: '100ms', NOTIFY_RATE: '1000', NOTIFY_BURST: '1000' };
  const service = await serve(env);
  const first = await pushTo(service.address, { repository: 'widgets', message: 'one' });
  await named(room, [first]);
  const kept = proxy.loseNextAnswer('keep');
  const second = await pushTo(service.address, { repository: 'widgets', message: 'two' });
  const { transactionId, body } = await kept;
  await service.end('SIGKILL');

  const again = await serve(env);
  const third = await pushTo(again.address, { repository: 'widgets', message: 'three' });

  expect(await named(room, [first, second, third])).toMatchObject([
    { pushIds: [first, second, third], versions: [1, 2, 3] },
  ]);
  expect(proxy.sends()[2]).toMatchObject({ transactionId, status: 200, body });
});

test('with a new token, that is a new device, the service warns and looks into the room first', async () => {
  const { person, bot, serve, named, proxy } = deployment();
  const room = await person.createRoom({ invite: [bot] });
  const service = await serve({ MATRIX_ROOM: room, ...eachByItself });
  const first = await pushTo(service.address, { repository: 'widgets', message: 'one' });
  await named(room, [first]);
  const kept = proxy.loseNextAnswer('keep');
  const second = await pushTo(service.address, { repository: 'widgets', message: 'two' });
  const { transactionId } = await kept;
  await service.end('SIGKILL');

  const renewed = await bot.signInAgain();
  expect(renewed.deviceId).not.toBe(bot.deviceId);
  const again = await serve({
    MATRIX_ROOM: room,
    MATRIX_ACCESS_TOKEN: renewed.accessToken,
    ...eachByItself,
  });
  const third = await pushTo(again.address, { repository: 'widgets', message: 'three' });

  expect(await named(room, [first, second, third])).toMatchObject([
    { pushIds: [first] },
    { pushIds: [second] },
    { pushIds: [third] },
  ]);
  // Had it been sent again, the homeserver would have taken it for another.
  expect(proxy.sends().filter((exchange) => exchange.transactionId === transactionId)).toHaveLength(1);
  expect(again.log()).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      device: renewed.deviceId,
      last: bot.deviceId,
      msg: expect.stringContaining('belongs to another device than before'),
    }),
  );
});

test('a homeserver that is killed in the middle and comes back has each message once', async () => {
  const { person, bot, serve, named, proxy } = deployment();
  const room = await person.createRoom({ invite: [bot] });
  const service = await serve({ MATRIX_ROOM: room, ...eachByItself });
  const push = (from: number) =>
    Promise.all(
      Array.from({ length: 15 }, (_, index) =>
        pushTo(service.address, { repository: `repository-${from + index}`, message: 'a change' }),
      ),
    );
  await named(room, [await pushTo(service.address, { repository: 'widgets', message: 'a change' })]);
  const lost = proxy.loseNextAnswer('cut');
  const before = await push(0);
  const { transactionId, body } = await lost;
  await synapse.current().stop('SIGKILL');
  const during = await push(15);
  await synapse.current().start();
  const after = await push(30);

  const pushIds = [...before, ...during, ...after];
  const messages = await named(room, pushIds, 120_000);
  expect(messages).toHaveLength(46);
  expect(Object.values(namings(messages, pushIds)).every((times) => times === 1)).toBe(true);
  const again = proxy.sends().filter((exchange) => exchange.transactionId === transactionId);
  expect(again.map((exchange) => exchange.body)).toEqual(again.map(() => body));
  expect(again.length).toBeGreaterThan(1);
});
