import { isIP } from 'node:net';
import { z } from 'zod';
import { dagName, dagRulesSchema } from './dag-rules-schema.ts';
import { roomSchema, routesSchema } from './route-schema.ts';
import { Secret } from './secret.ts';
import { parseBytes, parseDuration } from './units.ts';

/** An address as we keep it: without trailing slash, so that a path can be put behind it. */
const httpUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  const plain =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    !/[?#\s]/.test(text);
  if (plain) return url.href.replace(/\/+$/, '');
  context.addIssue('not a plain http address');
  return z.NEVER;
});

/** An address that is asked itself, so that a slash at its end counts. */
const endpoint = z.string().refine((text) => httpUrl.safeParse(text).success);

/** In bytes. */
const size = (min: number, max: number) =>
  z
    .string()
    .transform((text) => parseBytes(text) ?? Number.NaN)
    .pipe(z.number().min(min).max(max));

/** In milliseconds. */
const duration = (min: number, max: number) =>
  z
    .string()
    .transform((text) => parseDuration(text) ?? Number.NaN)
    .pipe(z.number().min(min).max(max));

const host = z.string().refine((text) => isIP(text) !== 0 || /^[a-z0-9]([a-z0-9._-]{0,252})$/i.test(text));

/**
 * A token travels in a header. Characters that a header cannot carry are refused here, because the HTTP client's
 * own complaint about them quotes the whole header, secret included.
 */
const token = z.instanceof(Secret).refine((secret) => /^[\x21-\x7e]+$/.test(secret.reveal()));

const databaseUrl = z
  .instanceof(Secret)
  .refine((secret) => /^postgres(ql)?:$/.test(URL.parse(secret.reveal())?.protocol ?? ''));

/** What stands behind the scheme is read by the adapter, whose complaints never quote it. */
const eventStoreUrl = z
  .instanceof(Secret)
  .refine((secret) => /^esdb(\+discover)?:\/\//i.test(secret.reveal()));

/** More than stars: that would be everybody, and such a rule hides every push. */
const ignorePattern = z
  .string()
  .max(255)
  .regex(/[^*\s]/);

/** The whole configuration by the keys of its settings, each value as text, secret or list before it is parsed. */
export const valuesSchema = z.object({
  instance: z.string().regex(/^[\x21-\x7e]{1,255}$/),
  host,
  port: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.number().max(65_535)),
  publicUrl: httpUrl.nullable(),
  databaseUrl: databaseUrl.nullable(),
  eventStoreUrl: eventStoreUrl.nullable(),
  'gitea.url': httpUrl.nullable(),
  'gitea.token': token.nullable(),
  'gitea.owner': z
    .string()
    .regex(/^[\w.-]{1,255}$/)
    .nullable(),
  'matrix.homeserverUrl': httpUrl.nullable(),
  'matrix.accessToken': token.nullable(),
  'matrix.room': roomSchema.nullable(),
  routes: routesSchema,
  // Long enough that it cannot be tried out; it travels in a header.
  adminToken: token.refine((secret) => secret.reveal().length >= 16).nullable(),
  // Short ones can be guessed from a seal, and nothing else has it yet that would have to be changed with it.
  auditKey: z
    .instanceof(Secret)
    .refine((secret) => secret.reveal().length >= 16)
    .nullable(),
  'ignore.pushers': z.array(ignorePattern),
  'ignore.ownAccount': z.enum(['true', 'false']).transform((text) => text === 'true'),
  'ignore.authors': z.array(ignorePattern),
  'ignore.messages': z.array(ignorePattern),
  'dagEngine.url': endpoint.nullable(),
  'dagEngine.token': token.nullable(),
  'dagEngine.dag': dagName,
  'dagEngine.dags': dagRulesSchema,
  'dagEngine.maxAge': duration(1000, 365 * 86_400_000),
  healthDetails: z.enum(['names', 'counts']),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  bodyLimit: size(1024, 1024 ** 3),
  'notify.mode': z.enum(['edit', 'digest']),
  'notify.window': duration(0, 3_600_000),
  'notify.editInterval': duration(100, 600_000),
  'notify.rate': z
    .string()
    .regex(/^\d{1,4}(\.\d{1,4})?$/)
    .transform(Number)
    .pipe(z.number().min(0.01).max(1_000)),
  'notify.burst': z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.number().min(1).max(10_000)),
  'enrichment.rate': z
    .string()
    .regex(/^\d{1,3}(\.\d{1,3})?$/)
    .transform(Number)
    .pipe(z.number().min(0.1).max(100)),
  'enrichment.maxAge': duration(1000, 365 * 86_400_000),
  'recovery.interval': z.union([z.literal('off').transform(() => null), duration(60_000, 365 * 86_400_000)]),
  'recovery.announceMaxAge': duration(1000, 365 * 86_400_000).nullable(),
  notifyMaxAge: duration(1000, 365 * 86_400_000),
  spoolAfter: duration(10, 60_000),
  spoolLimit: size(1024 ** 2, 1024 ** 4),
});

export type Values = z.output<typeof valuesSchema>;
