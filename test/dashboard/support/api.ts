import { randomUUID } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import { expect } from 'vitest';
import type { Endpoint } from '../../../src/dashboard/api/endpoint.ts';
import { endpoints } from '../../../src/dashboard/api/endpoints/all.ts';
import { errorSchema } from '../../../src/dashboard/api/schemas/common.ts';
import { type FixtureName, fixtureBytes, post } from '../../support/delivery.ts';
import type { RunningService } from '../../support/running-service.ts';

export const adminToken = 'an-admin-token-of-the-tests';
export const bearer = { authorization: `Bearer ${adminToken}` };

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: each test looks at what it asked for, which a schema has checked
  readonly body: any;
}

export interface Request {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** With node:http, as fetch lets nobody set the Host header. */
export function ask(service: RunningService, path: string, options: Request = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, service.address),
      { method, headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const isJson = response.headers['content-type']?.startsWith('application/json');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            bytes,
            body: isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined,
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** An answer that is as its schema says, to the last key. */
export async function read(
  service: RunningService,
  path: string,
  options: Request = {},
): Promise<Answer['body']> {
  const answer = await ask(service, path, options);
  const method = options.method ?? 'GET';
  const endpoint = endpointOf(method, path);
  expect(answer, `${method} ${path}: ${answer.bytes.toString().slice(0, 300)}`).toMatchObject({
    status: endpoint.status,
  });
  if (endpoint.answer) expect(endpoint.answer.parse(answer.body)).toEqual(answer.body);
  return answer.body;
}

/** The error of an answer that is one. */
export async function refusal(
  service: RunningService,
  path: string,
  options: Request = {},
): Promise<{
  status: number;
  code: string;
  message: string;
  field: string | undefined;
  headers: IncomingHttpHeaders;
}> {
  const { status, body, headers } = await ask(service, path, options);
  const { error } = errorSchema.parse(body);
  return { status, code: error.code, message: error.message, field: error.field, headers };
}

function endpointOf(method: string, path: string): Endpoint {
  const { pathname } = new URL(path, 'http://any');
  const found = endpoints.find(
    (each) =>
      each.method === method && new RegExp(`^${each.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
  if (!found) throw new Error(`there is no endpoint ${method} ${pathname}`);
  return found;
}

/** Delivers fixtures, each under an id of its own, and says which pushes they are. */
export async function deliver(service: RunningService, ...names: readonly FixtureName[]): Promise<string[]> {
  const pushIds: string[] = [];
  for (const name of names) {
    const answer = await post(service.url, { body: fixtureBytes(name), deliveryId: randomUUID() });
    expect(answer.status).toBe(200);
    pushIds.push(answer.body.pushId ?? '');
  }
  return pushIds;
}
