import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  ensureWebhookSecret,
  makeNextWebhookSecret,
  readGeneratedWebhookSecrets,
  retireWebhookSecret,
} from '../../src/config/webhook-secret.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'pushledger-secrets-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const names = () => {
  const { accepted, retired } = readGeneratedWebhookSecrets(dataDir);
  return { accepted: accepted.map(({ name }) => name), retired: retired.map(({ name }) => name) };
};

it('there are none where nothing was started, and no directory', () => {
  expect(names()).toEqual({ accepted: [], retired: [] });
  expect(readGeneratedWebhookSecrets(join(dataDir, 'absent'))).toEqual({ accepted: [], retired: [] });
});

it('the next secret is accepted beside the first, and another one is not made before that is retired', () => {
  const { secret } = ensureWebhookSecret(dataDir);
  const next = makeNextWebhookSecret(dataDir);
  expect(next.name).toBe('generated-2');
  expect(next.secret.reveal()).not.toBe(secret.secret.reveal());
  const again = makeNextWebhookSecret(dataDir);
  expect([again.name, again.secret.reveal()]).toEqual([next.name, next.secret.reveal()]);
  expect(names()).toEqual({ accepted: ['generated', 'generated-2'], retired: [] });
});

it('a retired secret keeps its name and value, and none takes its name again', () => {
  const { secret } = ensureWebhookSecret(dataDir);
  makeNextWebhookSecret(dataDir);
  retireWebhookSecret(dataDir, 'generated');
  retireWebhookSecret(dataDir, 'generated');
  expect(names()).toEqual({ accepted: ['generated-2'], retired: ['generated'] });
  expect(readGeneratedWebhookSecrets(dataDir).retired[0]?.secret.reveal()).toBe(secret.secret.reveal());
  expect(makeNextWebhookSecret(dataDir).name).toBe('generated-3');
  expect(readdirSync(dataDir).sort()).toEqual([
    'webhook-secret-2',
    'webhook-secret-3',
    'webhook-secret.retired',
  ]);
});

it('a start after a rotation takes the newest, and makes none', () => {
  ensureWebhookSecret(dataDir);
  const next = makeNextWebhookSecret(dataDir);
  retireWebhookSecret(dataDir, 'generated');
  const { secret, created } = ensureWebhookSecret(dataDir);
  expect([created, secret.name, secret.secret.reveal()]).toEqual([false, next.name, next.secret.reveal()]);
});

it('what was not made here cannot be retired', () => {
  expect(() => retireWebhookSecret(dataDir, '../default')).toThrow(/was not made in the data directory/);
});
