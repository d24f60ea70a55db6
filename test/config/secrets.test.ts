import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoadOptions, loadConfig } from '../../src/config/load.ts';
import { printableConfig } from '../../src/config/printable.ts';
import { runShellCommand } from '../../src/config/run-command.ts';
import { Secret } from '../../src/config/secret.ts';
import { settings } from '../../src/config/settings.ts';
import { CodedError } from '../../src/runtime/errors.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pushledger-secrets-'));
});

afterEach(() => rmSync(cwd, { recursive: true }));

function token(env: LoadOptions['env']): string | undefined {
  return loadConfig({ env: { PATH: process.env.PATH, ...env }, cwd }).gitea.token?.reveal();
}

function file(name: string, text: string): string {
  writeFileSync(join(cwd, name), text);
  return join(cwd, name);
}

describe('a secret', () => {
  it('comes from a file, whose last newline is not part of it', () => {
    const path = file('token', 'from-file\r\n');
    expect(token({ GITEA_TOKEN_FILE: path })).toBe('from-file');
    expect(token({ GITEA_TOKEN_FILE: 'token' })).toBe('from-file');
  });

  it('comes from the first line that a command prints', () => {
    expect(token({ GITEA_TOKEN_COMMAND: "printf 'from-command\\nurl: x\\n'" })).toBe('from-command');
  });

  it('comes from a command that sees the environment', () => {
    expect(token({ GITEA_TOKEN_COMMAND: 'echo "$STORE"', STORE: 'a-store' })).toBe('a-store');
  });

  it.each([
    ['no readable file', { GITEA_TOKEN_FILE: '/nowhere/token' }, 'GITEA_TOKEN_FILE', 'ENOENT'],
    ['a failing command', { GITEA_TOKEN_COMMAND: 'exit 3' }, 'GITEA_TOKEN_COMMAND', 'failed with status 3'],
    ['a command that dies', { GITEA_TOKEN_COMMAND: 'kill -9 $$' }, 'GITEA_TOKEN_COMMAND', 'ended by SIGKILL'],
    [
      'a command that prints nothing',
      { GITEA_TOKEN_COMMAND: 'true' },
      'GITEA_TOKEN_COMMAND',
      'an empty text',
    ],
    ['no command', { GITEA_TOKEN_COMMAND: '' }, 'GITEA_TOKEN_COMMAND', 'an empty text'],
    ['an empty value', { GITEA_TOKEN: '' }, 'GITEA_TOKEN', 'an empty text'],
    ['two lines', { GITEA_TOKEN: 'a\nb' }, 'GITEA_TOKEN', 'more than one line'],
    ['a value no header can carry', { GITEA_TOKEN: 'tökén' }, 'GITEA_TOKEN', 'printable ASCII'],
    ['two forms at once', { GITEA_TOKEN: 'a', GITEA_TOKEN_COMMAND: 'b' }, 'GITEA_TOKEN', 'exactly one'],
  ])('is refused for %s', (_why, env, name, message) => {
    expect(() => token(env)).toThrow(name);
    expect(() => token(env)).toThrow(message);
  });

  it('does not hold up the start when its command hangs', () => {
    const outcome = runShellCommand('trap "" TERM; while :; do :; done', { cwd, env: process.env }, 200);
    expect(outcome).toEqual({ ok: false, reason: 'a command that took longer than 0.2 s' });
  });

  it('does not crash the start with a command that cannot be run', () => {
    const surroundings = { cwd: join(cwd, 'nowhere'), env: process.env };
    expect(runShellCommand('true', surroundings)).toMatchObject({ ok: false });
    expect(runShellCommand('a\0b', surroundings)).toMatchObject({ ok: false });
  });

  it('shows itself only when asked', () => {
    const secret = new Secret('hush');
    const held = { secret, list: [secret], map: new Map([['k', secret]]) };
    for (const shown of [`${secret}`, JSON.stringify(held), inspect(held, { depth: 9, showHidden: true })]) {
      expect(shown).not.toContain('hush');
      expect(shown).toContain('[secret]');
    }
    expect(Object.keys(secret)).toEqual([]);
    expect(secret.reveal()).toBe('hush');
  });
});

const secretNames = [
  'DATABASE_URL',
  'EVENT_STORE_URL',
  'GITEA_TOKEN',
  'GITEA_WEBHOOK_SECRET',
  'MATRIX_ACCESS_TOKEN',
];

describe('no secret', () => {
  const env = {
    DATABASE_URL: 'postgres://u:hush-1@db/x',
    EVENT_STORE_URL: 'esdb://u:hush-5@db?tls=true',
    GITEA_TOKEN: 'hush-2',
    GITEA_WEBHOOK_SECRET: 'hush-3-of-good-length',
    MATRIX_ACCESS_TOKEN: 'hush-4',
    MATRIX_HOMESERVER_URL: 'http://m',
    MATRIX_ROOM: '!r:m',
  };

  it('is in what a configuration prints, whichever way it is printed', () => {
    const config = loadConfig({ env, cwd });
    const printed = printableConfig(config);
    for (const text of [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      JSON.stringify(printed),
      inspect(printed),
    ]) {
      expect(text).not.toContain('hush');
    }
    expect(printed['gitea.token']).toEqual({ value: '[secret]', source: 'environment' });
    expect(printed['webhookSecrets.default']).toEqual({ value: '[secret]', source: 'environment' });
    expect(printed.databaseUrl).toEqual({ value: '[secret]', source: 'environment' });
    expect(printed.eventStoreUrl).toEqual({ value: '[secret]', source: 'environment' });
    expect(printed['matrix.accessToken']).toEqual({ value: '[secret]', source: 'environment' });
  });

  it('is in the complaint about it', () => {
    const bad = Object.fromEntries(secretNames.map((name) => [name, 'hush\nhush']));
    const misplaced = Object.fromEntries(secretNames.map((name) => [`${name}_FILE`, 'hush']));
    const yaml = `gitea: { token: [hush], url: "http://u:hush@x" }\nwebhookSecrets: [hush, {name: hu.sh, value: 1}]`;
    for (const attempt of [
      { ...bad, PORT: 'x' },
      misplaced,
      {
        DATABASE_URL: 'hush',
        EVENT_STORE_URL: 'esdb:hush',
        PUBLIC_URL: 'http://u:hush@x',
        GITEA_URL: 'u:hush@git',
      },
      { PUSHLEDGER_CONFIG: file('hidden.yaml', yaml) },
    ]) {
      const act = () => loadConfig({ env: attempt, cwd });
      expect(act).toThrow(CodedError);
      expect(act).not.toThrow(/hush|hu\.sh/);
    }
  });
});

describe('config print', () => {
  it('shows every value in force with where it came from', () => {
    const path = file('pushledger.yaml', 'bodyLimit: 1024\nnotifyMaxAge: 90m\n');
    expect(printableConfig(loadConfig({ env: { PORT: '1' }, cwd }))).toMatchObject({
      dataDir: { value: join(cwd, 'data'), source: 'default' },
      port: { value: 1, source: 'environment' },
      bodyLimit: { value: '1KiB', source: path },
      notifyMaxAge: { value: '90m', source: path },
      'gitea.token': { value: null, source: 'default' },
      'ignore.pushers': { value: ['gitea-actions'], source: 'default' },
      routes: { value: [], source: 'default' },
    });
  });
});

describe('whatever is in the environment and in the file', () => {
  const names = settings.flatMap(({ env, kind }) => {
    if (env === null) return [];
    return kind === 'secret' ? [env, `${env}_FILE`, `${env}_COMMAND`] : [env];
  });
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webUrl(),
    fc.constantFrom('', '1', '8MiB', '24h', 'info'),
  );
  const environment = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), text);
  const yaml = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .dictionary(fc.constantFrom(...settings.map(({ key }) => key.split('.')[0] ?? key)), fc.jsonValue())
      .map((value) => JSON.stringify(value)),
  );

  it('gives a configuration or an error that lists what is wrong', () => {
    const outcomes = { good: 0, refused: 0 };
    fc.assert(
      fc.property(environment, yaml, text, fc.boolean(), (env, fileText, output, commandsWork) => {
        const options: LoadOptions = {
          env,
          cwd: '/nowhere',
          readFile: (path) =>
            path.endsWith('.yaml') ? { ok: true, text: fileText } : { ok: true, text: output },
          runCommand: () =>
            commandsWork ? { ok: true, stdout: output } : { ok: false, reason: 'it failed' },
        };
        try {
          printableConfig(loadConfig(options));
          outcomes.good++;
        } catch (error) {
          if (!(error instanceof CodedError) || error.code !== 'CONFIG_INVALID') throw error;
          outcomes.refused++;
        }
      }),
      { numRuns: 1000 },
    );
    expect(outcomes.good).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });
});
