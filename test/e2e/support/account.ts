import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { serverName } from './synapse-config.ts';

const clientApi = '/_matrix/client/v3';
const password = 'a password of the tests';

/** What a person or a bot does on the homeserver, by the client-server API itself, with none of our own code. */
export interface Account {
  readonly userId: string;
  readonly accessToken: string;
  readonly deviceId: string;
  /** Makes a room and returns its id; private unless `open` says that anybody may join. */
  createRoom(options?: RoomOptions): Promise<string>;
  invite(roomId: string, userId: string): Promise<void>;
  kick(roomId: string, userId: string): Promise<void>;
  /** @param room an id or an alias */
  join(room: string): Promise<void>;
  /** @returns whether the homeserver took it; false where it was one too many */
  say(roomId: string, text: string): Promise<boolean>;
  /** The same user on a new device. */
  signInAgain(): Promise<Account>;
  /** What the homeserver answers; fails unless that is 2xx. */
  get(path: string): Promise<unknown>;
}

export interface RoomOptions {
  /** The local part of its alias. */
  readonly alias?: string;
  readonly open?: boolean;
  readonly encrypted?: boolean;
  readonly invite?: readonly Account[];
}

const sessionSchema = z.object({ user_id: z.string(), access_token: z.string(), device_id: z.string() });
const nonceSchema = z.object({ nonce: z.string() });
const roomSchema = z.object({ room_id: z.string() });

export function aliasOf(localPart: string): string {
  return `#${localPart}:${serverName}`;
}

/** By Synapse's shared-secret registration, which has no limit. */
export async function registerAccount(options: {
  readonly url: string;
  readonly registrationSecret: string;
  readonly name: string;
}): Promise<Account> {
  const { url, registrationSecret, name } = options;
  const path = '/_synapse/admin/v1/register';
  const { nonce } = nonceSchema.parse(await request(url, 'GET', path));
  const mac = createHmac('sha1', registrationSecret)
    .update([nonce, name, password, 'notadmin'].join('\0'))
    .digest('hex');
  const answer = await request(url, 'POST', path, { nonce, username: name, password, admin: false, mac });
  return accountOf(url, sessionSchema.parse(answer));
}

function accountOf(url: string, session: z.infer<typeof sessionSchema>): Account {
  const { user_id: userId, access_token: accessToken, device_id: deviceId } = session;
  const ask = (method: string, path: string, body?: object) =>
    request(url, method, `${clientApi}${path}`, body, accessToken);
  const room = (roomId: string) => `/rooms/${encodeURIComponent(roomId)}`;
  return {
    userId,
    accessToken,
    deviceId,
    async createRoom({ alias, open = false, encrypted = false, invite = [] } = {}) {
      const answer = await ask('POST', '/createRoom', {
        preset: open ? 'public_chat' : 'private_chat',
        invite: invite.map((account) => account.userId),
        ...(alias !== undefined && { room_alias_name: alias }),
        ...(encrypted && {
          initial_state: [
            { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } },
          ],
        }),
      });
      return roomSchema.parse(answer).room_id;
    },
    async invite(roomId, invited) {
      await ask('POST', `${room(roomId)}/invite`, { user_id: invited });
    },
    async kick(roomId, kicked) {
      await ask('POST', `${room(roomId)}/kick`, { user_id: kicked });
    },
    async join(name) {
      await ask('POST', `/join/${encodeURIComponent(name)}`, {});
    },
    async say(roomId, text) {
      const path = `${room(roomId)}/send/m.room.message/${randomBytes(8).toString('hex')}`;
      const body = { msgtype: 'm.text', body: text };
      const { status } = await fetchFrom(url, 'PUT', `${clientApi}${path}`, body, accessToken);
      if (status !== 200 && status !== 429) throw new Error(`the message was answered with HTTP ${status}`);
      return status === 200;
    },
    async signInAgain() {
      const identifier = { type: 'm.id.user', user: userId };
      const answer = await ask('POST', '/login', { type: 'm.login.password', identifier, password });
      return accountOf(url, sessionSchema.parse(answer));
    },
    get: (path) => request(url, 'GET', path, undefined, accessToken),
  };
}

/** What the homeserver answers; fails unless that is 2xx. */
async function request(...[url, method, path, ...rest]: Parameters<typeof fetchFrom>): Promise<unknown> {
  const response = await fetchFrom(url, method, path, ...rest);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status} ${text}`);
  return JSON.parse(text);
}

function fetchFrom(
  url: string,
  method: string,
  path: string,
  body?: object,
  accessToken?: string,
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
}
