/**
 * `GET /api/openapi.json` — the OpenAPI 3.1 document of this API.
 */
import { z } from 'zod';

export const openApi = z.looseObject({ openapi: z.string() });
