/**
 * `GET /api/session` — whether this caller may read and administer; open to everybody, tells nothing else.
 * `POST /api/session` `{"token"}` — signs in with ADMIN_TOKEN: 200 and an HttpOnly cookie. 401 `TOKEN_WRONG`,
 *   429 `TOO_MANY_ATTEMPTS` (Retry-After), 403 `ADMIN_TOKEN_UNSET` where the service has none.
 * `DELETE /api/session` — signs out.
 */
import { z } from 'zod';
import { timestamp } from './common.ts';

export const signInBody = z.object({ token: z.string().min(1).max(1_000) });

export const session = z
  .object({
    /** May do what needs ADMIN_TOKEN (retry, rebuild). */
    signedIn: z.boolean(),
    /** May read: signed in, or open as the service is on this machine. */
    mayRead: z.boolean(),
    /** Whether there is an ADMIN_TOKEN to sign in with. */
    canSignIn: z.boolean(),
    /** When the sign-in ends; null when not signed in by cookie. */
    expiresAt: timestamp.nullable(),
  })
  .meta({ id: 'Session' });

export type Session = z.infer<typeof session>;
