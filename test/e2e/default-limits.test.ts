import { expect, test } from 'vitest';
import { until } from '../support/condition.ts';
import { useDeployment } from './support/deployment.ts';
import { pushTo } from './support/pushes.ts';
import { namings, type SeenMessage } from './support/read-room.ts';
import { useSynapse } from './support/use-synapse.ts';

/** The service as it is configured without a word about messages, on a homeserver as it comes. */
const deployment = useDeployment(useSynapse('default'));

test('three pushes to three repositories are three messages, which another user reads', async () => {
  const { person, bot, serve, named } = deployment();
  const room = await person.createRoom({ invite: [bot] });
  const service = await serve({ MATRIX_ROOM: room });
  const repositories = ['gateway', 'widgets', 'ledger'];
  const pushIds: string[] = [];
  for (const repository of repositories) {
    pushIds.push(await pushTo(service.address, { repository, message: `change the ${repository}` }));
  }

  const messages = await named(room, pushIds);

  expect(messages).toHaveLength(3);
  expect(eachOnce(messages, pushIds)).toBe(true);
  for (const [index, repository] of repositories.entries()) {
    expect(messages[index]).toMatchObject({ sender: bot.userId, pushIds: [pushIds[index]], versions: [1] });
    expect(messages[index]?.body).toContain(`[${repository}] Ada L pushed 1 commit to main`);
    expect(messages[index]?.body).toContain(`change the ${repository}`);
  }
});

test('thirty pushes to one repository are one message, which in the end names all thirty', async () => {
  const { person, bot, serve, named, proxy } = deployment();
  const room = await person.createRoom({ invite: [bot] });
  const service = await serve({ MATRIX_ROOM: room });
  const pushIds: string[] = [];
  const push = async (count: number) => {
    for (let index = 0; index < count; index++) {
      const message = `change number ${pushIds.length + 1}.`;
      pushIds.push(await pushTo(service.address, { repository: 'widgets', message }));
    }
  };

  await push(1);
  await named(room, pushIds);
  await push(14);
  await named(room, pushIds);
  await push(15);
  const messages = await named(room, pushIds);

  expect(messages).toHaveLength(1);
  const [message] = messages;
  expect(message?.pushIds).toEqual(pushIds);
  for (let number = 1; number <= 30; number++) expect(message?.body).toContain(`change number ${number}.`);
  // Edits are few, however many pushes there are, and the first message was seen at once.
  expect(message?.versions).toEqual(message?.versions.map((_, index) => index + 1));
  expect(message?.versions.length).toBeGreaterThan(1);
  expect(message?.versions.length).toBeLessThan(10);
  expect(proxy.sends().map(({ status }) => status)).not.toContain(429);
});

test('a hundred repositories at once are all named, in fewer messages, and the limit is hardly met', async () => {
  const { person, bot, serve, named, proxy } = deployment();
  const room = await person.createRoom({ invite: [bot] });
  const service = await serve({ MATRIX_ROOM: room });
  const names = Array.from({ length: 100 }, (_, index) => `repository-${index}`);
  const pushIds = await Promise.all(
    names.map((repository) => pushTo(service.address, { repository, message: 'a change' })),
  );

  const messages = await named(room, pushIds, 150_000);

  expect(eachOnce(messages, pushIds)).toBe(true);
  for (const name of names) expect(messages.filter(({ body }) => body.includes(`[${name}]`))).toHaveLength(1);
  expect(refusals()).toBeLessThan(3);

  // What came in one burst leaves little: later pushes wait for the limit, and are not lost by it.
  const later = await Promise.all(
    names.map((repository) => pushTo(service.address, { repository, message: 'another change' })),
  );
  const all = await named(room, [...pushIds, ...later], 150_000);
  expect(eachOnce(all, [...pushIds, ...later])).toBe(true);
  expect(refusals()).toBeLessThan(3);

  function refusals(): number {
    return proxy.sends().filter(({ status }) => status === 429).length;
  }
});

test('where somebody else has used up the limit, the homeserver is asked again when it said, and not before', async () => {
  const { person, bot, serve, named, proxy } = deployment();
  const room = await person.createRoom({ invite: [bot] });
  await bot.join(room);
  const service = await serve({ MATRIX_ROOM: room });
  while (await bot.say(room, 'something else'));

  const pushId = await pushTo(service.address, { repository: 'widgets', message: 'a change' });
  const refused = await until('the refusal', () => proxy.sends().find(({ status }) => status === 429));
  expect(Number(refused.retryAfter)).toBeGreaterThan(0);
  const messages = await named(room, [pushId]);

  expect(eachOnce(messages, [pushId])).toBe(true);
  expect(proxy.sends().map(({ transactionId }) => transactionId)).toEqual([
    refused.transactionId,
    refused.transactionId,
  ]);
});

function eachOnce(messages: readonly SeenMessage[], pushIds: readonly string[]): boolean {
  return Object.values(namings(messages, pushIds)).every((times) => times === 1);
}
