import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { MessageId } from '../../src/events/ids.ts';
import { createConsoleSender } from '../../src/notifier/console.ts';
import { contentOf } from '../../src/notifier/content.ts';
import type { OutgoingMessage } from '../../src/notifier/sender.ts';
import { announced } from './support/announced.ts';
import { commit, push } from './support/facts.ts';

const message: OutgoingMessage = {
  transactionId: 'pushledger.m.1',
  room: 'console',
  content: { body: '[widgets] Ada pushed\nabc first' },
  plannedAt: new Date(),
};

async function written(outgoing: OutgoingMessage): Promise<string> {
  const stream = new PassThrough();
  expect(await createConsoleSender(stream).send(outgoing)).toMatchObject({
    remoteId: outgoing.transactionId,
  });
  stream.end();
  return text(stream);
}

it('writes a paragraph that says which message it is', async () => {
  expect(await written(message)).toBe('message pushledger.m.1: [widgets] Ada pushed\n  abc first\n');
});

it('writes of an edit what is new, under the line that sums it up', async () => {
  const [before, news] = [
    announced(push()),
    announced(push({ commits: [commit({ message: 'second' })], compareUrl: null })),
  ];
  const content = contentOf({
    messageId: '11111111-1111-5111-8111-111111111111' as MessageId,
    version: 2,
    pushes: [before, news],
    replaces: 'pushledger.m.1',
    named: new Set([before.push.pushId]),
  });
  const lines = (await written({ ...message, transactionId: 'pushledger.m.2', content })).split('\n');
  expect(lines).toEqual([
    'message pushledger.m.2, edited: [widgets] Ada L pushed 2 commits to main in 2 pushes',
    expect.stringMatching(/^ {2}- Ada L pushed 1 commit to main: aaaaaaa second — Ada L https:/),
    '',
  ]);
});

it('tells when the stream takes nothing any more', async () => {
  const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  broken.on('error', () => undefined);
  await expect(createConsoleSender(broken).send(message)).rejects.toMatchObject({ kind: 'transient' });
});
