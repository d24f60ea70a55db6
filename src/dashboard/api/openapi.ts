import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import packageJson from '../../../package.json' with { type: 'json' };
import type { AccessLevel } from '../access/access.ts';
import type { Endpoint } from './endpoint.ts';
import { errorSchema } from './schemas/common.ts';

const meanings: Readonly<Record<number, string>> = {
  400: 'A parameter is not valid; `field` names it',
  401: 'Sign in with ADMIN_TOKEN, or the token is wrong',
  403: 'Closed without an ADMIN_TOKEN, or sent from elsewhere',
  404: 'There is no such thing',
  409: 'Not now: another one runs, or the number has changed',
  429: 'Too many attempts with a wrong token',
  503: 'Event store or database are away',
};

const accessNotes: Readonly<Record<AccessLevel, string>> = {
  open: 'Open to everybody.',
  read: 'Open on this machine only, else with ADMIN_TOKEN.',
  'sign-in': 'From the page itself, or from no browser.',
  admin: 'With ADMIN_TOKEN, from the page itself or from no browser.',
};

/** The OpenAPI 3.1 document, of the very endpoints that routes are made of and the schemas that check them. */
export function openApiDocument(endpoints: readonly Endpoint[]): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method.toLowerCase()]: operationOf(endpoint),
    };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'pushledger',
      version: packageJson.version,
      description: packageJson.description,
      license: { name: packageJson.license, identifier: packageJson.license },
    },
    // Relative to this document: it works below any path.
    servers: [{ url: '..' }],
    security: [{ token: [] }, { cookie: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: 'pushledger_<ledger>',
          description: 'Set by POST /api/session',
        },
      },
    },
  });
}

function operationOf(endpoint: Endpoint): ZodOpenApiOperationObject {
  const { params, query, body, answer, access } = endpoint;
  const failures = [...new Set([400, 401, 403, 503, ...endpoint.errors])].sort();
  return {
    operationId: operationIdOf(endpoint),
    summary: endpoint.summary,
    description: accessNotes[access],
    ...(access === 'open' || access === 'sign-in' ? { security: [] } : {}),
    requestParams: { ...(params && { path: params }), ...(query && { query }) },
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      [`${endpoint.status}`]: {
        description: endpoint.summary,
        ...(answer && { content: { 'application/json': { schema: answer } } }),
        ...(!answer && endpoint.status !== 204 && { content: { [endpoint.contentType]: {} } }),
      },
      ...Object.fromEntries(
        failures.map((status) => [
          `${status}`,
          {
            description: meanings[status] ?? 'An error',
            content: { 'application/json': { schema: errorSchema } },
          },
        ]),
      ),
    },
  };
}

/** `getApiPushesByPushId` */
function operationIdOf({ method, path }: Endpoint): string {
  const words = path
    .replaceAll(/\{(\w+)\}/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
