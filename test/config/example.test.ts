import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { readTextFile } from '../../src/config/read-file.ts';
import { settings } from '../../src/config/settings.ts';

describe('pushledger.example.yaml', () => {
  it('is a valid configuration that shows every key of the file', () => {
    const file = fileURLToPath(new URL('../../pushledger.example.yaml', import.meta.url));
    const config = loadConfig({
      env: {},
      file,
      readFile: (path) =>
        path === file ? readTextFile(path) : { ok: true, text: 'postgres://example-of-a-secret/x\n' },
      runCommand: () => ({ ok: true, stdout: 'example-of-a-secret\n' }),
    });
    expect(config.warnings).toEqual([]);
    expect(config.routes.map(({ branch, tag, rooms }) => [...branch, ...tag, ...rooms])).toEqual([
      ['renovate/**'],
      ['**', '#fn-registry-news:example.org'],
      ['v*', 'release-*', '#fn-registry-releases:example.org', '!opaque-room-id:example.org'],
    ]);
    expect(config.webhookSecrets.map(({ name }) => name)).toEqual(['2026', '2025']);
    for (const { key } of settings.filter((each) => each.inFile && each.key !== 'webhookSecrets')) {
      expect(config.sources[key], key).toBe(file);
    }
  });
});
