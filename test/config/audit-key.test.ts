import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureAuditKey, readAuditKey } from '../../src/config/audit-key.ts';
import { loadConfig } from '../../src/config/load.ts';
import { readGeneratedWebhookSecrets } from '../../src/config/webhook-secret.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'pushledger-audit-key-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const load = (env: Record<string, string> = {}) =>
  loadConfig({ env: { PUSHLEDGER_DATA_DIR: dataDir, ...env }, cwd: dataDir });

describe('the audit key', () => {
  it('is the configured one, and no file is made', () => {
    const found = ensureAuditKey(load({ AUDIT_KEY: 'a configured audit key' }));
    expect([found.secret.reveal(), found.configured]).toEqual(['a configured audit key', true]);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('is made once where none is configured, for its owner only', () => {
    const first = ensureAuditKey(load());
    expect(first.configured).toBe(false);
    expect(first.secret.reveal()).toMatch(/^[0-9a-f]{64}$/);
    expect(ensureAuditKey(load()).secret.reveal()).toBe(first.secret.reveal());
    const path = join(dataDir, 'audit-key');
    expect(readFileSync(path, 'utf8')).toBe(`${first.secret.reveal()}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is not made by somebody who only looks', () => {
    expect(readAuditKey(load())).toBeNull();
    expect(readGeneratedWebhookSecrets(dataDir)).toEqual({ accepted: [], retired: [] });
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('is refused when its file is empty, with its name and what to do', () => {
    writeFileSync(join(dataDir, 'audit-key'), '\n');
    expect(() => ensureAuditKey(load())).toThrow(/audit-key does not hold an audit key; write one line/);
  });

  it('is refused when it could be guessed', () => {
    expect(() => load({ AUDIT_KEY: 'fifteen-letters' })).toThrow(/AUDIT_KEY.*at least 16/);
  });
});

describe('a retired webhook secret', () => {
  const write = (text: string) => writeFileSync(join(dataDir, 'pushledger.yaml'), text);

  it('verifies nothing that comes in', () => {
    write(`webhookSecrets:
  - { name: old, value: the-old-webhook-secret, retired: true }
  - { name: new, value: the-new-webhook-secret, retired: false }
  - { name: next, value: the-next-webhook-secret }
`);
    const config = load();
    expect(config.webhookSecrets.map(({ name }) => name)).toEqual(['new', 'next']);
    expect(config.retiredWebhookSecrets.map(({ name }) => name)).toEqual(['old']);
  });

  it('may be short: nobody can sign with it any more', () => {
    write('webhookSecrets: [{ name: old, value: short, retired: true }]');
    expect(load().warnings).toEqual([]);
  });

  it.each(['yes', 'True', '1', '[]'])('is not told by %s', (text) => {
    write(`webhookSecrets: [{ name: old, value: the-old-webhook-secret, retired: ${text} }]`);
    expect(() => load()).toThrow(/webhookSecrets\[0\]\.retired .*expected true or false/);
  });
});
