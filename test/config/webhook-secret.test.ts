import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureWebhookSecret } from '../../src/config/webhook-secret.ts';

let folder: string;
let dataDir: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pushledger-generated-'));
  dataDir = join(folder, 'data');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the generated webhook secret', () => {
  it('is made once, for its owner only, and is the same ever after', () => {
    const first = ensureWebhookSecret(dataDir);
    const second = ensureWebhookSecret(dataDir);
    expect(first).toMatchObject({ created: true, path: join(dataDir, 'webhook-secret'), warnings: [] });
    expect(second).toMatchObject({ created: false, warnings: [] });
    expect(first.secret.name).toBe('generated');
    expect(first.secret.secret.reveal()).toMatch(/^[0-9a-f]{64}$/);
    expect(second.secret.secret.reveal()).toBe(first.secret.secret.reveal());
    expect(statSync(first.path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(['webhook-secret']);
  });

  it('is the same for all processes that start at once, and one of them made it', async () => {
    const module = new URL('../../src/config/webhook-secret.ts', import.meta.url).href;
    const script = `
      const { ensureWebhookSecret } = await import(${JSON.stringify(module)});
      const { created, secret } = ensureWebhookSecret(${JSON.stringify(dataDir)});
      console.log(JSON.stringify([created, secret.secret.reveal()]));`;
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
    const runs = await Promise.all(
      Array.from({ length: 8 }, () => promisify(execFile)(process.execPath, args)),
    );
    const outcomes = runs.map(({ stdout }) => JSON.parse(stdout) as [boolean, string]);
    expect(new Set(outcomes.map(([, secret]) => secret)).size).toBe(1);
    expect(outcomes.filter(([created]) => created)).toHaveLength(1);
    expect(readdirSync(dataDir)).toEqual(['webhook-secret']);
  });

  it('may be written by hand; a file that others can read is told', () => {
    mkdirSync(dataDir);
    const path = join(dataDir, 'webhook-secret');
    writeFileSync(path, 'my-own-secret-of-good-length\n');
    chmodSync(path, 0o644);
    const { secret, created, warnings } = ensureWebhookSecret(dataDir);
    expect([created, secret.secret.reveal()]).toEqual([false, 'my-own-secret-of-good-length']);
    expect(warnings).toEqual([`${path} can be read by others (mode 644); run: chmod 600 ${path}`]);
  });

  it.each(['', '\n', 'two\nlines'])('is never taken from a file that holds %j', (content) => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'webhook-secret'), content);
    expect(() => ensureWebhookSecret(dataDir)).toThrow(/does not hold a webhook secret/);
    expect(readFileSync(join(dataDir, 'webhook-secret'), 'utf8')).toBe(content);
  });

  it('says what to do where it cannot be made', () => {
    writeFileSync(dataDir, 'a file, not a directory');
    expect(() => ensureWebhookSecret(dataDir)).toThrow(
      /can neither be read nor made \(ENOTDIR\).*GITEA_WEBHOOK_SECRET/,
    );
  });
});
