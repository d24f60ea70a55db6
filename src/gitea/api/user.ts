import { z } from 'zod';
import type { GiteaClient } from '../client.ts';

/** Whose token it is. */
export interface TokenUser {
  readonly id: number;
  readonly login: string;
  readonly isAdmin: boolean;
}

const userSchema = z
  .object({ id: z.number().int(), login: z.string(), is_admin: z.boolean().nullish() })
  .transform(({ id, login, is_admin }): TokenUser => ({ id, login, isAdmin: is_admin === true }));

/** The token needs the scope read:user. @throws GiteaError */
export async function getTokenUser(client: GiteaClient, signal?: AbortSignal): Promise<TokenUser> {
  const advice = { forbidden: 'The token needs the scope read:user for this' };
  return (await client.request('GET', '/user', userSchema, { advice, ...(signal ? { signal } : {}) })).value;
}
