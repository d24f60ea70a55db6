import type { Writable } from 'node:stream';
import { messageOf } from '../runtime/errors.ts';
import { type OutgoingMessage, SendError, type Sender } from './sender.ts';

/** The room of messages for the console. No Matrix room can be called that. */
export const consoleRoom = 'console';

/** Writes messages to a stream, for as long as no Matrix homeserver is configured. */
export function createConsoleSender(stream: Writable): Sender {
  return {
    serves: (room) => room === consoleRoom,
    atOnce: true,
    async send(message) {
      await write(stream, `${paragraph(message)}\n`);
      return { remoteId: message.transactionId };
    },
    close: () => Promise.resolve(),
  };
}

/** The first line says which message it is; the others are set off from it. Of an edit, what stands in for it: the news. */
function paragraph({ transactionId, content }: OutgoingMessage): string {
  const isEdit = 'm.relates_to' in content;
  const body = isEdit ? String(content.body).replace(/^\* /, '') : String(content.body);
  return `message ${transactionId}${isEdit ? ', edited' : ''}: ${body.split('\n').join('\n  ')}`;
}

function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown) =>
      reject(new SendError('transient', `the console took no message: ${messageOf(cause)}`, { cause }));
    try {
      stream.write(text, (error) => (error ? failed(error) : resolve()));
    } catch (error) {
      failed(error);
    }
  });
}
