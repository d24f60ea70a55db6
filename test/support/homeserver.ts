import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json as readJson } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { limitAccount, type MessageLimit } from './homeserver-limit.ts';

/** What the double does instead of answering as it should. `cut-after`, `hang-after` and `late` accept the event. */
export type Misbehaviour =
  | { readonly kind: 'hang' }
  | { readonly kind: 'hang-after' }
  | { readonly kind: 'cut-before' }
  | { readonly kind: 'cut-after' }
  | { readonly kind: 'late'; readonly ms: number }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

const jsonType = { 'content-type': 'application/json' };

function refusal(
  status: number,
  errcode: string,
  headers: Readonly<Record<string, string>> = {},
): Misbehaviour {
  return {
    kind: 'answer',
    status,
    body: JSON.stringify({ errcode, error: `the double says ${errcode}` }),
    headers: { ...jsonType, ...headers },
  };
}

export const misbehaviours = {
  rateLimited: (retryAfterSeconds: number) =>
    refusal(429, 'M_LIMIT_EXCEEDED', { 'retry-after': String(retryAfterSeconds) }),
  serverError: refusal(500, 'M_UNKNOWN'),
  unauthorized: refusal(401, 'M_UNKNOWN_TOKEN'),
  forbidden: refusal(403, 'M_FORBIDDEN'),
  html: {
    kind: 'answer',
    status: 502,
    body: '<html><h1>Bad Gateway</h1></html>',
    headers: { 'content-type': 'text/html' },
  },
  htmlWith200: {
    kind: 'answer',
    status: 200,
    body: '<html>Please sign in</html>',
    headers: { 'content-type': 'text/html' },
  },
  rubbish: { kind: 'answer', status: 200, body: '\u0000{"event_id":', headers: jsonType },
  emptyObject: { kind: 'answer', status: 200, body: '{}', headers: jsonType },
} as const satisfies Record<string, Misbehaviour | ((seconds: number) => Misbehaviour)>;

export interface MisbehaveOptions {
  /** How many requests it meets; all of them, until `behave`, when absent. */
  readonly times?: number;
  /** Which requests: those that send a message when absent. */
  readonly on?: 'send' | 'everything';
  /** Only requests about this room. */
  readonly room?: string;
}

export interface Room {
  readonly id: string;
  readonly alias?: string;
  readonly encrypted?: boolean;
  /** Whether the bot is in the room from the start. */
  readonly joined?: boolean;
  /** Whether it may come in by itself. */
  readonly open?: boolean;
}

export interface AcceptedEvent {
  readonly eventId: string;
  readonly roomId: string;
  readonly type: string;
  readonly transactionId: string;
  readonly device: string;
  readonly content: Record<string, unknown>;
  readonly at: number;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** The transaction id of a request that sends. */
  readonly transactionId: string | null;
  /** What it was answered with; null while it was not. */
  status: number | null;
}

/**
 * A double of a Matrix homeserver over real HTTP, with the part of the client-server API that the notifier uses. A
 * transaction id that it has seen gives the first event's id back, whatever the new content: as Synapse does.
 */
export interface Homeserver {
  readonly url: string;
  readonly userId: string;
  /** Every event that a room got, in order. */
  readonly accepted: readonly AcceptedEvent[];
  readonly requests: readonly SeenRequest[];
  addRoom(room: Room): void;
  /** The bot is no longer in the room. */
  removeBot(roomId: string): void;
  /** From now on this token is the bot's, on this device. */
  signIn(token: string, device: string): void;
  signOut(token: string): void;
  /** Tokens stay, transaction ids are forgotten: as Synapse does after 24 hours, and Dendrite sooner. */
  forgetTransactions(): void;
  misbehave(misbehaviour: Misbehaviour, options?: MisbehaveOptions): void;
  behave(): void;
  close(): Promise<void>;
}

export interface HomeserverOptions {
  /** A free one when absent. */
  readonly port?: number;
  readonly rooms?: readonly Room[];
  /** How much the account may send; without it, everything. */
  readonly limit?: MessageLimit;
  /** For one that is killed: what it had accepted before, and what keeps an event before it is answered for. */
  readonly kept?: {
    readonly events: readonly AcceptedEvent[];
    readonly keep: (event: AcceptedEvent) => void;
  };
}

export const botToken = 'syt_bot_token';

interface Fault {
  readonly misbehaviour: Misbehaviour;
  readonly options: MisbehaveOptions;
  left: number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startHomeserver(options: HomeserverOptions = {}): Promise<Homeserver> {
  const userId = '@pushledger:double.test';
  const tokens = new Map([[botToken, 'DEVICE']]);
  const rooms = new Map<string, Room>();
  const joined = new Set<string>();
  const accepted: AcceptedEvent[] = [...(options.kept?.events ?? [])];
  const requests: SeenRequest[] = [];
  const transactions = new Map(accepted.map((event) => [transactionKey(event), event.eventId]));
  let faults: Fault[] = [];
  const account = options.limit ? limitAccount(options.limit) : null;

  const addRoom = (room: Room) => {
    rooms.set(room.id, room);
    if (room.joined !== false) joined.add(room.id);
  };
  for (const room of options.rooms ?? []) addRoom(room);

  const findRoom = (name: string) =>
    rooms.get(name) ?? [...rooms.values()].find(({ alias }) => alias === name);

  function faultFor(request: Parsed): Fault | undefined {
    const fault = faults.find(
      ({ left, options: { on = 'send', room } }) =>
        left > 0 && (on === 'everything' || request.sends) && (room === undefined || room === request.room),
    );
    if (fault) fault.left--;
    return fault;
  }

  function answer(request: Parsed, device: string | undefined, body: unknown): Answer {
    if (device === undefined) return matrixError(401, 'M_UNKNOWN_TOKEN');
    const { method, parts } = request;
    if (parts[0] === 'account' && parts[1] === 'whoami') {
      return { status: 200, body: { user_id: userId, device_id: device } };
    }
    const room = request.room === null ? undefined : findRoom(request.room);
    if (parts[0] === 'directory') {
      return room
        ? { status: 200, body: { room_id: room.id, servers: ['double.test'] } }
        : matrixError(404, 'M_NOT_FOUND');
    }
    if (parts[0] === 'join' && method === 'POST') {
      if (!room || (room.open === false && !joined.has(room.id))) return matrixError(403, 'M_FORBIDDEN');
      joined.add(room.id);
      return { status: 200, body: { room_id: room.id } };
    }
    if (!room || !joined.has(room.id)) return matrixError(403, 'M_FORBIDDEN');
    if (parts[2] === 'state') {
      return room.encrypted
        ? { status: 200, body: { algorithm: 'm.megolm.v1.aes-sha2' } }
        : matrixError(404, 'M_NOT_FOUND');
    }
    if (parts[2] === 'messages') return messages(room, request.query);
    if (request.sends && method === 'PUT') return accept(room, request, device, body);
    return matrixError(404, 'M_UNRECOGNIZED');
  }

  function accept(room: Room, { parts }: Parsed, device: string, body: unknown): Answer {
    const [, , , type = '', transactionId = ''] = parts;
    const key = transactionKey({ roomId: room.id, device, transactionId });
    const known = transactions.get(key);
    if (known !== undefined) return { status: 200, body: { event_id: known } };
    if (holdsFloat(body)) return matrixError(400, 'M_BAD_JSON');
    if (Buffer.byteLength(JSON.stringify(body)) > 65_000) return matrixError(413, 'M_TOO_LARGE');
    const waitSeconds = account?.take() ?? null;
    if (waitSeconds !== null) {
      const headers = { 'retry-after': String(Math.ceil(waitSeconds)) };
      return { ...matrixError(429, 'M_LIMIT_EXCEEDED'), headers };
    }
    const eventId = `$event-${accepted.length + 1}`;
    const event: AcceptedEvent = {
      eventId,
      roomId: room.id,
      type,
      transactionId,
      device,
      content: body as Record<string, unknown>,
      at: Date.now(),
    };
    options.kept?.keep(event);
    transactions.set(key, eventId);
    accepted.push(event);
    return { status: 200, body: { event_id: eventId } };
  }

  function messages(room: Room, query: URLSearchParams): Answer {
    const limit = Number(query.get('limit') ?? 10);
    const start = Number(query.get('from') ?? 0);
    const newestFirst = accepted.filter(({ roomId }) => roomId === room.id).toReversed();
    const chunk = newestFirst.slice(start, start + limit).map((event) => ({
      event_id: event.eventId,
      room_id: event.roomId,
      sender: userId,
      type: event.type,
      origin_server_ts: event.at,
      content: event.content,
    }));
    const end = start + limit < newestFirst.length ? { end: String(start + limit) } : {};
    return { status: 200, body: { chunk, start: String(start), ...end } };
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = parse(incoming);
    const { method, path } = request;
    const seen: SeenRequest = {
      method,
      path,
      transactionId: request.sends ? (request.parts[4] ?? null) : null,
      status: null,
    };
    requests.push(seen);
    const body = method === 'PUT' || method === 'POST' ? await readJson(incoming) : undefined;
    const device = tokens.get((incoming.headers.authorization ?? '').replace(/^Bearer /, ''));
    const misbehaviour = faultFor(request)?.misbehaviour;
    switch (misbehaviour?.kind) {
      case 'hang':
        return;
      case 'cut-before':
        response.destroy();
        return;
      case 'answer':
        seen.status = misbehaviour.status;
        response.writeHead(misbehaviour.status, misbehaviour.headers).end(misbehaviour.body);
        return;
    }
    const { status, body: answered, headers = {} } = answer(request, device, body);
    if (misbehaviour?.kind === 'hang-after') return;
    if (misbehaviour?.kind === 'cut-after') {
      response.destroy();
      return;
    }
    if (misbehaviour?.kind === 'late') await delay(misbehaviour.ms);
    seen.status = status;
    response.writeHead(status, { ...jsonType, ...headers }).end(JSON.stringify(answered));
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, jsonType);
      response.end(JSON.stringify({ errcode: 'M_UNKNOWN', error: String(error) }));
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    userId,
    accepted,
    requests,
    addRoom,
    removeBot: (roomId) => void joined.delete(roomId),
    signIn: (token, device) => void tokens.set(token, device),
    signOut: (token) => void tokens.delete(token),
    forgetTransactions: () => transactions.clear(),
    misbehave(misbehaviour, faultOptions = {}) {
      faults.push({
        misbehaviour,
        options: faultOptions,
        left: faultOptions.times ?? Number.POSITIVE_INFINITY,
      });
    },
    behave() {
      faults = [];
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Parsed {
  readonly method: string;
  readonly path: string;
  /** What follows the API's prefix and version, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  /** The room that the request is about, by the name it gave. */
  readonly room: string | null;
  readonly sends: boolean;
}

function parse(incoming: IncomingMessage): Parsed {
  const url = new URL(incoming.url ?? '/', 'http://double.test');
  const [, , , , ...parts] = url.pathname.split('/').map(decodeURIComponent);
  const method = incoming.method ?? 'GET';
  return {
    method,
    path: url.pathname,
    parts,
    query: url.searchParams,
    room: (parts[0] === 'directory' ? parts[2] : parts[1]) ?? null,
    sends: parts[0] === 'rooms' && parts[2] === 'send',
  };
}

/** As Synapse: a transaction id counts in its room, for its device. */
function transactionKey(event: Pick<AcceptedEvent, 'roomId' | 'device' | 'transactionId'>): string {
  return JSON.stringify([event.roomId, event.device, event.transactionId]);
}

function matrixError(status: number, errcode: string): Answer {
  return { status, body: { errcode, error: `the double says ${errcode}` } };
}

function holdsFloat(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsFloat);
}
