import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configReference, renderConfigTable } from '../../src/config/reference.ts';

const readme = new URL('../../README.md', import.meta.url);

describe('the table of settings', () => {
  it('has a row for each setting, under head and rule', () => {
    const lines = renderConfigTable().split('\n');
    expect(lines).toHaveLength(configReference.length + 2);
    expect(new Set(lines.map((line) => line.split(/(?<!\\)\|/).length))).toEqual(new Set([6]));
    expect(lines).toContain('| `PORT` | `port` | `8080` | Port to listen on |');
  });

  it('stands in the README as `node src/config/print-reference.ts` prints it', () => {
    const [, table] =
      /<!-- configuration -->\n([\s\S]*?)\n<!-- \/configuration -->/.exec(readFileSync(readme, 'utf8')) ?? [];
    expect(table?.trim()).toBe(renderConfigTable());
  });
});
