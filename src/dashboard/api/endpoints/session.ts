import { setCookie } from '../../access/cookie.ts';
import { isSecure } from '../../access/same-origin.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { session, signInBody } from '../schemas/session.ts';

export const sessionEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/api/session',
    summary: 'Whether this caller may read and administer',
    access: 'open',
    answer: session,
    handle: async ({ access }, _input, { caller }) => ({
      signedIn: caller.signedIn !== null,
      mayRead: caller.mayRead,
      canSignIn: access.canSignIn,
      expiresAt: caller.session?.expiresAt.toISOString() ?? null,
    }),
  }),
  endpoint({
    method: 'POST',
    path: '/api/session',
    summary: 'Sign in with ADMIN_TOKEN; sets a cookie',
    access: 'sign-in',
    body: signInBody,
    answer: session,
    errors: [429],
    async handle({ access, cookieName }, { body }, { request, reply, caller }) {
      const begun = await access.signIn(body.token, request.ip);
      // The one before, that it takes the place of.
      await access.signOut(caller);
      reply.header('set-cookie', setCookie(cookieName, begun.id, isSecure(request)));
      return {
        signedIn: true,
        mayRead: true,
        canSignIn: access.canSignIn,
        expiresAt: begun.expiresAt.toISOString(),
      };
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/api/session',
    summary: 'Sign out',
    access: 'sign-in',
    answer: null,
    status: 204,
    async handle({ access, cookieName }, _input, { request, reply, caller }) {
      await access.signOut(caller);
      reply.header('set-cookie', setCookie(cookieName, null, isSecure(request)));
      return undefined;
    },
  }),
];
