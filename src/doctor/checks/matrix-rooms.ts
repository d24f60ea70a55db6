import { z } from 'zod';
import { checkOf, NotNow } from '../check.ts';
import { about, type Judgement, ok, warning, wrong } from '../finding.ts';
import { askMatrix, refusalOf, roomsOf } from '../matrix.ts';
import type { World } from '../world.ts';

export interface RoomFacts {
  /** As it is configured. */
  readonly room: string;
  /** Null where an alias leads nowhere. */
  readonly roomId: string | null;
  readonly joined: boolean;
  readonly encrypted: boolean;
  /** Ours, and what a message needs; null where the room does not tell. */
  readonly power: { readonly ours: number; readonly needed: number } | null;
}

export function judgeRoom({ room, roomId, joined, encrypted, power }: RoomFacts): Judgement[] {
  if (roomId === null) return [wrong('the homeserver knows no such room', `check the name ${room}`)];
  if (!joined) {
    return [
      warning(
        'the account is not in the room',
        'invite it; it joins by itself when it first has something to say',
      ),
    ];
  }
  if (encrypted) {
    return [
      wrong(
        'the room is encrypted, and nothing is sent there',
        'use a room without encryption: it cannot be switched off',
      ),
    ];
  }
  if (power && power.ours < power.needed) {
    return [
      wrong(
        `the account may not write (power ${power.ours}, ${power.needed} is needed)`,
        'raise its power level in the settings of the room',
      ),
    ];
  }
  return [ok('joined, may write')];
}

export function judgeRooms(rooms: readonly RoomFacts[]): Judgement[] {
  return rooms.flatMap((facts) => about(facts.room, judgeRoom(facts)));
}

/** More are not asked about: each takes four requests. */
const mostRooms = 20;

export const matrixRooms = checkOf(
  'Matrix',
  'rooms',
  async (world): Promise<RoomFacts[]> => {
    const whoami = await askMatrix(world, '/account/whoami');
    const user = z.object({ user_id: z.string() }).safeParse(whoami.json).data?.user_id;
    if (user === undefined) throw new NotNow('the account is not known');
    const rooms = roomsOf(world.config).slice(0, mostRooms);
    if (rooms.length === 0) throw new NotNow('no room is configured');
    const { json } = await askMatrix(world, '/joined_rooms');
    const joined = z.object({ joined_rooms: z.array(z.string()) }).safeParse(json).data?.joined_rooms ?? [];
    return Promise.all(rooms.map((room) => lookAt(world, { room, user, joined })));
  },
  judgeRooms,
);

async function lookAt(
  world: World,
  { room, user, joined }: { room: string; user: string; joined: readonly string[] },
): Promise<RoomFacts> {
  const nothing = { room, joined: false, encrypted: false, power: null };
  const roomId = room.startsWith('#') ? await idOfAlias(world, room) : room;
  if (roomId === null || !joined.includes(roomId)) return { ...nothing, roomId };
  const state = `/rooms/${encodeURIComponent(roomId)}/state`;
  const [encryption, power] = await Promise.all([
    askMatrix(world, `${state}/m.room.encryption`),
    askMatrix(world, `${state}/m.room.power_levels`),
  ]);
  return {
    ...nothing,
    roomId,
    joined: true,
    encrypted: encryption.status === 200,
    power: power.status === 200 ? powerOf(power.json, user) : null,
  };
}

async function idOfAlias(world: World, alias: string): Promise<string | null> {
  const answer = await askMatrix(world, `/directory/room/${encodeURIComponent(alias)}`);
  const roomId = z.object({ room_id: z.string() }).safeParse(answer.json).data?.room_id;
  if (roomId === undefined && answer.status !== 404) {
    throw new Error(
      `the homeserver does not tell of ${alias} (${answer.status} ${refusalOf(answer.json) ?? ''})`,
    );
  }
  return roomId ?? null;
}

// Some servers keep levels as text: https://spec.matrix.org/latest/rooms/v1/ (power levels before version 10).
const level = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);
const powerLevels = z.object({
  users: z.record(z.string(), level).optional(),
  users_default: level.optional(),
  events: z.record(z.string(), level).optional(),
  events_default: level.optional(),
});

function powerOf(json: unknown, user: string): RoomFacts['power'] {
  const levels = powerLevels.safeParse(json).data;
  if (!levels) return null;
  return {
    ours: levels.users?.[user] ?? levels.users_default ?? 0,
    needed: levels.events?.['m.room.message'] ?? levels.events_default ?? 0,
  };
}
