import { createHmac, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { Secret } from '../../config/secret.ts';
import type { Clock } from '../../runtime/clock.ts';

/** How long a sign-in lasts, in milliseconds. */
export const sessionMs = 12 * 3_600_000;

export interface Session {
  /** What the cookie holds: 32 random bytes. */
  readonly id: string;
  readonly expiresAt: Date;
}

/**
 * Sign-ins, kept in the database: they outlive a restart, are known to every process, and end when somebody signs out.
 * What is kept is the id under the ADMIN_TOKEN: nobody signs in with what stands there, and another token ends all.
 */
export interface Sessions {
  begin(): Promise<Session>;
  find(id: string): Promise<Session | null>;
  end(id: string): Promise<void>;
}

export function createSessions(pool: Pool, clock: Pick<Clock, 'now'>, adminToken: Secret): Sessions {
  const keyOf = (id: string) => createHmac('sha256', adminToken.reveal()).update(`session ${id}`).digest();
  return {
    async begin() {
      const now = clock.now();
      const session = {
        id: randomBytes(32).toString('base64url'),
        expiresAt: new Date(now.getTime() + sessionMs),
      };
      await pool.query('delete from pushledger.sessions where expires_at <= $1', [now]);
      await pool.query('insert into pushledger.sessions (key, expires_at) values ($1, $2)', [
        keyOf(session.id),
        session.expiresAt,
      ]);
      return session;
    },
    async find(id) {
      const { rows } = await pool.query<{ expires_at: Date }>(
        'select expires_at from pushledger.sessions where key = $1 and expires_at > $2',
        [keyOf(id), clock.now()],
      );
      return rows[0] ? { id, expiresAt: rows[0].expires_at } : null;
    },
    async end(id) {
      await pool.query('delete from pushledger.sessions where key = $1', [keyOf(id)]);
    },
  };
}
