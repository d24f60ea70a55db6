import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { blocks, textOfBlock, withBlock } from '../../src/reference/blocks.ts';
import { fieldsOf, type JsonSchema } from '../../src/reference/json-schema.ts';
import { pages } from './support/pages.ts';

describe('what is made of the code', () => {
  it.each(blocks)('stands in $page as `npm run reference` writes $name', async ({ page, name, render }) => {
    const text = pages.find(({ path }) => path === page)?.text ?? '';
    expect(textOfBlock(text, name)).toBe(await render());
  });

  it('replaces what was there, and asks for a place', () => {
    const page = 'before\n<!-- x -->\nold $1\n<!-- /x -->\nafter\n';
    expect(withBlock(page, 'x', 'costs $& more')).toBe(
      'before\n<!-- x -->\ncosts $& more\n<!-- /x -->\nafter\n',
    );
    expect(() => withBlock(page, 'y', 'new')).toThrow('<!-- y -->');
  });
});

test('fields are told in words, those within objects and lists by their path', () => {
  const schema = z.object({
    id: z.uuid(),
    at: z.iso.datetime().nullable().describe('When it was.'),
    list: z.array(z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) })),
    place: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('one'), name: z.string() }),
      z.object({ kind: z.literal('two') }),
    ]),
    more: z.number().int().optional(),
  });
  const fields = fieldsOf(z.toJSONSchema(schema) as JsonSchema);
  expect(fields.map(({ path, type, meaning }) => [path, type, meaning])).toEqual([
    ['id', 'UUID', ''],
    ['at', 'time or null', 'When it was.'],
    ['list', 'list of: object', ''],
    ['list[].sha', 'hexadecimal', ''],
    ['place', 'object', ''],
    ['place.kind', '`one`, `two`', ''],
    ['place.name', 'text, optional', ''],
    ['more', 'whole number, optional', ''],
  ]);
});
