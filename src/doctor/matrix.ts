import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { NotNow } from './check.ts';
import { type Answered, ask } from './http.ts';
import type { World } from './world.ts';

/** A question to the homeserver, below `/_matrix/client/v3`. @throws NotNow without Matrix; Error without an answer */
export function askMatrix({ config, signal, clock }: World, path: string): Promise<Answered> {
  if (!config.matrix) throw new NotNow('not configured: messages go to the console');
  const { homeserverUrl, accessToken } = config.matrix;
  return ask(`${homeserverUrl}/_matrix/client/v3${path}`, {
    authorization: `Bearer ${accessToken.reveal()}`,
    signal,
    now: () => clock.now(),
  });
}

const refusal = z.object({ errcode: z.string().regex(/^[A-Z0-9_.]{1,60}$/i) });

/** What the homeserver calls its refusal, or null. */
export function refusalOf(json: unknown): string | null {
  return refusal.safeParse(json).data?.errcode ?? null;
}

/** Every room that messages may go to. */
export function roomsOf({ matrix, routes }: Config): string[] {
  const routed = routes.flatMap(({ rooms }) => rooms);
  return [...new Set([...(matrix?.room ? [matrix.room] : []), ...routed])];
}
