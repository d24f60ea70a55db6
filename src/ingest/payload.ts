import { z } from 'zod';
import { cleanText } from '../events/text.ts';
import { CodedError } from '../runtime/errors.ts';

/** Longer ones cannot exist: git keeps a ref as a file path. In UTF-16 units. */
const maxRefLength = 1_024;

const text = (max: number) => z.string().min(1).max(max).transform(cleanText);
const sha = z
  .string()
  .transform((value) => value.toLowerCase())
  .pipe(z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'must be a commit id of 40 or 64 hex digits'));

const repository = z.object({
  id: z.number().int().positive(),
  full_name: text(512),
});

/** What a push must have; all else is optional and read leniently. */
const requiredOfPush = z.object({ ref: text(maxRefLength), before: sha, after: sha, repository });

/** What the `delete` of a branch or tag must have: it names the ref in its short form, and no commit. */
const requiredOfDelete = z.object({
  ref: text(maxRefLength),
  ref_type: z.enum(['branch', 'tag']),
  repository,
});

export type RequiredOfPush = z.infer<typeof requiredOfPush>;
export type RequiredOfDelete = z.infer<typeof requiredOfDelete>;
export type Json = Readonly<Record<string, unknown>>;

const decoder = new TextDecoder('utf-8');

/**
 * The body as an object. Bytes that are not UTF-8 are replaced, as the digest keeps the truth.
 *
 * @throws CodedError BODY_NOT_JSON
 */
export function parseBody(signed: Uint8Array): Json {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(signed));
  } catch (cause) {
    throw new CodedError('BODY_NOT_JSON', cause instanceof Error ? cleanText(cause.message) : undefined, {
      cause,
    });
  }
  if (!isObject(value)) throw new CodedError('BODY_NOT_JSON', 'an object was expected');
  return value;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws CodedError PUSH_INVALID naming each field */
export function requirePush(body: Json): RequiredOfPush {
  return required(requiredOfPush, body);
}

/** @throws CodedError PUSH_INVALID naming each field */
export function requireDelete(body: Json): RequiredOfDelete {
  return required(requiredOfDelete, body);
}

function required<T>(schema: z.ZodType<T>, body: Json): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new CodedError('PUSH_INVALID', problems.join('; '));
}
