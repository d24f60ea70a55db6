import { describe, expect, it } from 'vitest';
import { configReference, renderConfigTable } from '../../src/config/reference.ts';

describe('the table of settings', () => {
  it('has a row for each setting, under head and rule', () => {
    const lines = renderConfigTable().split('\n');
    expect(lines).toHaveLength(configReference.length + 2);
    expect(new Set(lines.map((line) => line.split(/(?<!\\)\|/).length))).toEqual(new Set([6]));
    expect(lines).toContain('| `PORT` | `port` | `8080` | Port to listen on |');
  });
});
