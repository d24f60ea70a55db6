import type { MatrixClient } from 'matrix-js-sdk';
import type { RoomMessageEventContent } from 'matrix-js-sdk/lib/@types/events.js';
import { contentKey } from './content.ts';
import { connectMatrix, type MatrixAccount } from './matrix-client.ts';
import { errcodeOf, toSendError } from './matrix-errors.ts';
import { findInRoom } from './matrix-search.ts';
import { type OutgoingMessage, SendError, type Sender, type Sent } from './sender.ts';

export interface MatrixSenderOptions extends MatrixAccount {
  /** In milliseconds. Synapse itself may take long where a room spans many servers. */
  readonly requestTimeoutMs?: number;
}

const defaultRequestTimeoutMs = 30_000;

/** Sends to rooms of a Matrix homeserver, named by their id (`!…`) or an alias (`#…`). */
export function createMatrixSender(options: MatrixSenderOptions): Sender {
  const closing = new AbortController();
  const roomIds = new Map<string, string>();
  let connected: Promise<MatrixClient> | null = null;

  function connect(): Promise<MatrixClient> {
    connected ??= connectMatrix({
      ...options,
      requestTimeoutMs: options.requestTimeoutMs ?? defaultRequestTimeoutMs,
      signal: closing.signal,
    }).catch((error: unknown) => {
      connected = null;
      throw error;
    });
    return connected;
  }

  async function roomIdOf(client: MatrixClient, room: string): Promise<string> {
    if (!room.startsWith('#')) return room;
    const known = roomIds.get(room);
    if (known !== undefined) return known;
    const { room_id: roomId } = await client.getRoomIdForAlias(room);
    roomIds.set(room, roomId);
    return roomId;
  }

  /** Whatever was thrown, as a SendError. */
  async function ask<T>(work: (client: MatrixClient) => Promise<T>): Promise<T> {
    try {
      return await work(await connect());
    } catch (error) {
      throw toSendError(error, options.accessToken);
    }
  }

  return {
    serves: (room) => /^[!#]/.test(room),

    send: (message) =>
      ask(async (client) => {
        const roomId = await roomIdOf(client, message.room);
        return inRoom(client, message.room, () => sendOnce(client, roomId, message));
      }),

    find: (message) =>
      ask(async (client) => {
        const roomId = await roomIdOf(client, message.room);
        const remoteId = await inRoom(client, message.room, () =>
          findInRoom(client, roomId, { ownIds: message.content[contentKey], since: message.plannedAt }),
        );
        return remoteId === null ? null : { remoteId, device: client.getDeviceId() };
      }),

    device: () => ask((client) => Promise.resolve(client.getDeviceId())),

    close() {
      closing.abort(new Error('the service is stopping'));
      return Promise.resolve();
    },
  };
}

/**
 * Does something that only members may. Joining is tried when it was refused, not before: it has a strict rate limit
 * of its own, and an account that was removed and invited again is then back in the room.
 */
async function inRoom<T>(client: MatrixClient, room: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (errcodeOf(error) !== 'M_FORBIDDEN') throw error;
    await client.joinRoom(room);
    return await work();
  }
}

async function sendOnce(client: MatrixClient, roomId: string, message: OutgoingMessage): Promise<Sent> {
  await refuseEncrypted(client, roomId, message.room);
  // The content was planned by us, in the shape of this type, and stored; only the type was lost on the way.
  const content = structuredClone(message.content) as unknown as RoomMessageEventContent;
  const { event_id: remoteId } = await client.sendMessage(roomId, content, message.transactionId);
  // The SDK answers {} without a request when the same transaction id is under way, and a server may be broken.
  if (typeof remoteId !== 'string' || remoteId === '') {
    throw new SendError(
      'transient',
      `the homeserver named no event for transaction ${message.transactionId}`,
    );
  }
  return { remoteId, device: client.getDeviceId() };
}

/** A client that does not sync would send readable text into an encrypted room. Asked each time: it can change. */
async function refuseEncrypted(client: MatrixClient, roomId: string, room: string): Promise<void> {
  try {
    await client.getStateEvent(roomId, 'm.room.encryption', '');
  } catch (error) {
    if (errcodeOf(error) === 'M_NOT_FOUND') return;
    throw error;
  }
  throw new SendError(
    'final',
    `room ${room} is encrypted, and messages would go there readable: give MATRIX_ROOM a room without encryption`,
  );
}
