import type { Secret } from '../../config/secret.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { Attempts } from './attempts.ts';
import { readCookie } from './cookie.ts';
import { isDirect, isLoopback, type RequestOrigin } from './loopback.ts';
import { senderOf } from './same-origin.ts';
import type { Session, Sessions } from './sessions.ts';
import { bearerOf, isSameToken } from './token.ts';

/** What an endpoint asks for: nothing, to be read by whoever may, or the ADMIN_TOKEN and the same origin. */
export type AccessLevel = 'open' | 'read' | 'admin' | 'sign-in';

/** Who asks. */
export interface Caller {
  /** By bearer token or by cookie. */
  readonly signedIn: 'bearer' | 'cookie' | null;
  readonly session: Session | null;
  readonly mayRead: boolean;
}

export interface AccessOptions {
  /** The address that we listen on. */
  readonly host: string;
  /** Where Gitea reaches us; one that is not this machine's own means a proxy in front. */
  readonly publicUrl: string | null;
  readonly adminToken: Secret | null;
  /** Null without ADMIN_TOKEN. */
  readonly sessions: Sessions | null;
  readonly attempts: Attempts;
  readonly cookieName: string;
}

export interface AccessRequest extends RequestOrigin {
  /** Of the other end of the connection. */
  readonly address: string;
}

export interface Access {
  readonly canSignIn: boolean;
  /** @throws CodedError TOKEN_WRONG or TOO_MANY_ATTEMPTS for a bearer token that is not ours */
  identify(request: AccessRequest): Promise<Caller>;
  /** @throws CodedError ACCESS_CLOSED, SIGN_IN_REQUIRED or CROSS_SITE */
  demand(level: AccessLevel, request: AccessRequest, caller: Caller): void;
  /** @throws CodedError TOKEN_WRONG, TOO_MANY_ATTEMPTS, or ACCESS_CLOSED where there is no ADMIN_TOKEN */
  signIn(token: string, address: string): Promise<Session>;
  signOut(caller: Caller): Promise<void>;
}

/** The rule is written down in docs/http-api.md, and why in docs/decisions/0016. */
export function createAccess(options: AccessOptions): Access {
  const { adminToken, sessions, attempts } = options;
  const openHere =
    isLoopback(options.host) &&
    (options.publicUrl === null || isLoopback(URL.parse(options.publicUrl)?.hostname ?? ''));

  const check = (token: string, address: string) => {
    if (!adminToken) throw closed();
    const waitMs = attempts.waitMs(address);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1_000);
      throw new CodedError('TOO_MANY_ATTEMPTS', `in ${seconds} s`, { context: { retryAfter: seconds } });
    }
    if (isSameToken(token, adminToken)) return;
    attempts.failed(address);
    throw new CodedError('TOKEN_WRONG');
  };

  return {
    canSignIn: adminToken !== null,

    async identify(request) {
      const open = openHere && isDirect(request);
      const bearer = bearerOf(one(request.headers.authorization));
      if (bearer !== null && adminToken) {
        check(bearer, request.address);
        return { signedIn: 'bearer', session: null, mayRead: true };
      }
      const id = readCookie(options.cookieName, one(request.headers.cookie));
      const session = id === null || !sessions ? null : await sessions.find(id);
      return { signedIn: session && 'cookie', session, mayRead: open || session !== null };
    },

    demand(level, request, caller) {
      if (level === 'read' && !caller.mayRead)
        throw adminToken ? new CodedError('SIGN_IN_REQUIRED') : closed();
      if (level === 'open' || level === 'read') return;
      if (!adminToken) throw closed();
      const sender = senderOf(request);
      // A browser that says nothing of where a request comes from cannot be believed a cookie.
      if (sender === 'cross-site' || (sender === 'no-browser' && caller.signedIn === 'cookie')) {
        throw new CodedError('CROSS_SITE');
      }
      if (level === 'admin' && !caller.signedIn) throw new CodedError('SIGN_IN_REQUIRED');
    },

    async signIn(token, address) {
      check(token, address);
      if (!sessions) throw closed();
      return sessions.begin();
    },

    async signOut({ session }) {
      if (session) await sessions?.end(session.id);
    },
  };
}

function closed(): CodedError {
  return new CodedError(
    'ACCESS_CLOSED',
    'set ADMIN_TOKEN and sign in with it. Without one, only this machine may read, by http://localhost or ' +
      'http://127.0.0.1, with HOST (and PUBLIC_URL, where it is set) a loopback address and no proxy between',
  );
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
