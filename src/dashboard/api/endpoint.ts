import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CodedError } from '../../runtime/errors.ts';
import type { AccessLevel, Caller } from '../access/access.ts';
import type { Dashboard } from '../dashboard.ts';

type Fields = z.ZodObject;

interface Definition<P extends Fields, Q extends Fields, B extends Fields, A extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As OpenAPI writes it: `/api/pushes/{pushId}`. */
  readonly path: string;
  readonly summary: string;
  readonly access: AccessLevel;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Null where the answer is not JSON. */
  readonly answer: A | null;
  /** Where it is not `application/json`. */
  readonly contentType?: string;
  readonly status?: number;
  /** What it may be answered besides, other than 400, 401, 403 and 503. */
  readonly errors?: readonly number[];
  readonly handle: (
    dashboard: Dashboard,
    input: { readonly params: z.output<P>; readonly query: z.output<Q>; readonly body: z.output<B> },
    exchange: Exchange,
  ) => Promise<z.output<A> | Buffer | undefined>;
}

/** The request itself, for the few that need more of it than what was checked. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller;
}

/** One address of the API: routes and the OpenAPI document are both made of these, so neither has one that the other has not. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly access: AccessLevel;
  readonly params: Fields | null;
  readonly query: Fields | null;
  readonly body: Fields | null;
  readonly answer: z.ZodType | null;
  readonly contentType: string;
  readonly status: number;
  readonly errors: readonly number[];
  /** @throws CodedError PARAMETER_INVALID naming the field */
  readonly run: (dashboard: Dashboard, exchange: Exchange) => Promise<unknown>;
}

const nothing = z.object({});

export function endpoint<
  A extends z.ZodType,
  P extends Fields = typeof nothing,
  Q extends Fields = typeof nothing,
  B extends Fields = typeof nothing,
>(definition: Definition<P, Q, B, A>): Endpoint {
  const { params, query, body, answer, handle, contentType, status, errors, ...rest } = definition;
  return {
    ...rest,
    params: params ?? null,
    query: query ?? null,
    body: body ?? null,
    answer,
    contentType: contentType ?? 'application/json',
    status: status ?? 200,
    errors: errors ?? [],
    async run(dashboard, exchange) {
      const { request } = exchange;
      return handle(
        dashboard,
        {
          params: check(params, request.params) as z.output<P>,
          query: check(query ?? nothing, request.query) as z.output<Q>,
          body: check(body, request.body ?? {}) as z.output<B>,
        },
        exchange,
      );
    },
  };
}

/** A parameter that nobody reads is refused too: it is a filter that would silently not filter. */
function check(schema: Fields | undefined, value: unknown): unknown {
  if (!schema) return {};
  const result = schema.strict().safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => {
    const fields = issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.join('.')];
    return fields.map((field) => ({
      field: field.slice(0, 100),
      text: issue.code === 'unrecognized_keys' ? 'there is no such parameter' : issue.message,
    }));
  });
  throw new CodedError(
    'PARAMETER_INVALID',
    problems.map(({ field, text }) => (field ? `${field}: ${text}` : text)).join('; '),
    problems[0]?.field ? { field: problems[0].field } : {},
  );
}
