import { z } from 'zod';
import { globProblem } from '../runtime/glob.ts';

/** The message of each issue is what was expected. */
const kinds = ['created', 'updated', 'rewound', 'deleted'] as const;

const roomExpected = 'a room id (!…) or an alias (#name:server)';
export const roomSchema = z
  .string({ error: roomExpected })
  .max(255, { error: roomExpected })
  .regex(/^(![^\s]+|#[^\s:]+:[^\s]+)$/, { error: roomExpected });

const glob = (what: string) =>
  z.string({ error: what }).superRefine((text, context) => {
    const problem = globProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: `${what}: ${problem}` });
  });

const repository = glob('a pattern such as acme/*').refine((text) => text === '**' || text.includes('/'), {
  error: 'owner/name, as in acme/widgets or acme/*',
});

/** One text may stand for a list of one. */
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .preprocess(
      (value) => (typeof value === 'string' ? [value] : value),
      z.array(item, { error: 'a text or a list of texts' }).min(1, { error: 'at least one, or no such key' }),
    )
    .default([]);

export const routeKeys = ['repository', 'branch', 'tag', 'kind', 'rooms', 'mute'] as const;

const route = z.preprocess(
  withoutNulls,
  z
    .strictObject(
      {
        repository: listOf(repository),
        branch: listOf(glob('a pattern such as main or release/**')),
        tag: listOf(glob('a pattern such as v*')),
        kind: listOf(z.enum(kinds, { error: kinds.join(', ') })),
        rooms: listOf(roomSchema),
        mute: z
          .enum(['true', 'false'], { error: 'true or false' })
          .default('false')
          .transform((text) => text === 'true'),
      },
      { error: `a group with keys of ${routeKeys.join(', ')}` },
    )
    .refine(({ rooms, mute }) => rooms.length > 0 !== mute, {
      error: 'either rooms or mute: true',
    }),
);

export const routesSchema = z.array(route);

/** As the file's rules are in general: a key with nothing behind it was left out. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));
}
