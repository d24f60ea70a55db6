import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '../../src/dashboard/api/endpoints/all.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { adminToken, ask, read } from './support/api.ts';

/** The design's table: what other programs rely on. */
const designed = [
  'GET /api/pushes',
  'GET /api/pushes/{pushId}',
  'GET /api/nodes',
  'GET /api/runs',
  'GET /api/notifications',
  'GET /api/calls',
  'GET /api/projections',
  'GET /api/hooks',
  'GET /api/activity',
  'GET /api/doctor',
  'GET /api/events',
  'GET /api/openapi.json',
  'POST /api/session',
  'POST /api/notifications/{messageId}/retry',
  'POST /api/triggers/{pushId}/retry',
  'POST /api/rebuilds',
  'GET /api/rebuilds/{rebuildId}',
];

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
  responses: Record<string, unknown>;
}

describe('the OpenAPI document', () => {
  let service: RunningService;
  let document: { openapi: string; paths: Record<string, Record<string, Operation>> };
  beforeAll(async () => {
    service = await startTestService({ roles: ['dashboard'], env: { ADMIN_TOKEN: adminToken } });
    document = await read(service, '/api/openapi.json');
  });
  afterAll(() => service.stop());

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        operation,
      })),
    );

  it('is a valid document of OpenAPI 3.1', async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    // The validator takes what it is given apart.
    const result = await new Validator().validate(structuredClone(document));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it('is found wrong by that validator where it is', async () => {
    const broken = { ...structuredClone(document), paths: { '/api/pushes': { get: { responses: 'none' } } } };
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  it('has every endpoint that there is, and no other', () => {
    const documented = operations().map(({ method, path }) => `${method} ${path}`);
    expect(documented.sort()).toEqual(endpoints.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it('has all that the design names', () => {
    const documented = operations().map(({ method, path }) => `${method} ${path}`);
    expect(documented).toEqual(expect.arrayContaining(designed));
  });

  it('gives each operation a name of its own', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names every parameter of the path', () => {
    for (const { path, operation } of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((each) => each.in === 'path');
      expect(
        declared.map(({ name }) => name),
        path,
      ).toEqual(named);
    }
  });

  it('tells of nothing that is not there', async () => {
    // As from elsewhere, so that what is there is closed: the live events would never end.
    const headers = { host: 'push.example.org' };
    for (const { path, method } of operations()) {
      const { status, body } = await ask(service, path.replaceAll(/\{\w+\}/g, 'x'), { method, headers });
      const missing = status === 404 && body?.error.message.includes(`${method} `);
      expect(missing, `${method} ${path}`).toBe(false);
    }
  });
});
