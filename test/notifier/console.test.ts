import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { createConsoleSender } from '../../src/notifier/console.ts';

const message = {
  transactionId: 'pushledger.m.1',
  room: 'console',
  content: { body: '[widgets] Ada pushed\nabc first' },
  plannedAt: new Date(),
};

it('writes a paragraph that says which message it is', async () => {
  const stream = new PassThrough();
  const sender = createConsoleSender(stream);
  expect(await sender.send(message)).toEqual({ remoteId: 'pushledger.m.1' });
  stream.end();
  expect(await text(stream)).toBe('message pushledger.m.1: [widgets] Ada pushed\n  abc first\n');
});

it('tells when the stream takes nothing any more', async () => {
  const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  broken.on('error', () => undefined);
  await expect(createConsoleSender(broken).send(message)).rejects.toMatchObject({ kind: 'transient' });
});
