import { type Endpoint, endpoint } from '../endpoint.ts';
import { openApiDocument } from '../openapi.ts';
import { openApi } from '../schemas/openapi.ts';

/** The document lists itself as well. */
export function openApiEndpoint(others: readonly Endpoint[]): Endpoint {
  const self: Endpoint = endpoint({
    method: 'GET',
    path: '/api/openapi.json',
    summary: 'This document',
    access: 'read',
    answer: openApi,
    handle: async () => document,
  });
  const document = openApi.parse(openApiDocument([...others, self]));
  return self;
}
