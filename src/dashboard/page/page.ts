import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { pageHeaders } from '../headers.ts';
import { placeholder } from './placeholder.ts';

/** Where Vite puts what it makes of `dashboard/`. */
export const builtPage = fileURLToPath(new URL('../../../build/dashboard', import.meta.url));

/** A name that holds the hash of what is in it never means anything else. */
const hashed = /[.-][A-Za-z0-9_-]{8}\.(js|css|woff2?|svg|png)$/;

/**
 * The page at `/`, with everything that was built with it. The page alone tells nothing, so that it is open to all; what
 * it shows it gets from the API. Its addresses are relative, so that it works below any path.
 */
export function registerPage(app: FastifyInstance, root = builtPage): void {
  if (!existsSync(`${root}/index.html`)) {
    app.get('/', async (_request, reply) =>
      reply
        .headers(pageHeaders)
        .header('cache-control', 'no-cache')
        .type('text/html; charset=utf-8')
        .send(placeholder),
    );
    return;
  }
  app.register(fastifyStatic, {
    root,
    cacheControl: false,
    preCompressed: true,
    setHeaders(reply, path) {
      reply.headers(pageHeaders);
      const forEver = path.includes('/assets/') && hashed.test(path.replace(/\.(br|gz)$/, ''));
      reply.header('cache-control', forEver ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
