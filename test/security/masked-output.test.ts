import type pino from 'pino';
import { expect, test } from 'vitest';
import { knownSecrets } from '../../src/config/known-secrets.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Secret } from '../../src/config/secret.ts';
import { settings } from '../../src/config/settings.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { maskedOutput } from '../../src/runtime/masked-output.ts';

function logged(secrets: readonly string[], write: (logger: pino.Logger) => void): string {
  const lines: string[] = [];
  write(createLogger('trace', maskedOutput(secrets, { write: (line) => void lines.push(line) })));
  return lines.join('');
}

test('what others quote back is masked in every field of a line, in errors and in their causes', () => {
  const secret = 'hush-0123456789';
  const text = logged([secret], (logger) => {
    logger.info({ deep: { er: [`a ${secret} b ${secret}`] } }, `said ${secret}`);
    logger.error({ err: new Error(`no ${secret}`, { cause: new Error(secret) }) });
  });
  expect(text).not.toContain('hush');
  expect(text.match(/\[secret\]/g)?.length).toBeGreaterThan(4);
});

test('every secret of the configuration is known, with the passwords of addresses and in every coat', () => {
  const values: Record<string, string> = {
    DATABASE_URL: 'postgres://u:p%2Fass-word-1@h/d',
    EVENT_STORE_URL: 'esdb://admin:store-password@h:2113?tls=true',
  };
  const names = settings.filter(({ kind }) => kind === 'secret').flatMap(({ env }) => env ?? []);
  const env = Object.fromEntries(names.map((name) => [name, values[name] ?? `"hush"-of-${name}-0123`]));
  const matrix = { MATRIX_HOMESERVER_URL: 'http://m', MATRIX_ROOM: '!r:m' };
  const known = knownSecrets(loadConfig({ env: { ...env, ...matrix }, cwd: '/nowhere' }));
  for (const name of names) expect(known, name).toContain(env[name]);
  for (const text of ['p%2Fass-word-1', 'p/ass-word-1', 'store-password']) expect(known).toContain(text);
  expect(known).toContain(JSON.stringify(env.GITEA_TOKEN).slice(1, -1));
  expect(known).toContain(encodeURIComponent(env.GITEA_TOKEN ?? ''));
});

test('a text that is too short to be told from a word stays', () => {
  expect(knownSecrets({ token: new Secret('main') })).toEqual([]);
});
