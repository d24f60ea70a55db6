import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { settings } from '../../src/config/settings.ts';
import { parseConnectionString } from '../../src/event-store/kurrentdb/connection-string.ts';
import { composeOf, environmentOf, rawTexts, readCompose } from './support/compose-file.ts';
import { clustered, envExample, passwords, serviceOf, services, smallest } from './support/deployment.ts';
import { filledIn } from './support/env-file.ts';
import { interpolationsOf } from './support/interpolate.ts';

const secretNames = /PASSWORD|SECRET|TOKEN|_KEY$/;

describe('the variables of the compose file', () => {
  const interpolations = rawTexts().flatMap(interpolationsOf);

  it('each have a default, or a message that says how to make one', () => {
    for (const { name, otherwise } of interpolations) {
      if (otherwise.kind === 'refuse') expect(otherwise.message, name).toMatch(/make one with .+ into \.env/);
      else expect(otherwise.kind, name).toBe('default');
    }
  });

  it('have no default where they are secret', () => {
    const secret = interpolations.filter(({ name }) => secretNames.test(name));
    expect(secret.map(({ name }) => name)).toContain('POSTGRES_PASSWORD');
    for (const { name, otherwise } of secret) expect(otherwise.kind, name).toBe('refuse');
    for (const { otherwise } of interpolations) {
      // An address may hold a password too.
      if (otherwise.kind === 'default') expect(otherwise.text).not.toContain('@');
    }
    for (const [name, { environment }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        if (!secretNames.test(variable) || variable.endsWith('_FILE') || value === null) continue;
        expect(value, `${name}: ${variable}`).toBe(smallest.POSTGRES_PASSWORD);
      }
    }
  });

  it('stop the start when a required one is missing or empty', () => {
    expect(() => readCompose({})).toThrow(
      'POSTGRES_PASSWORD is missing: make one with "openssl rand -hex 32"',
    );
    expect(() => readCompose({ POSTGRES_PASSWORD: '' })).toThrow('POSTGRES_PASSWORD is missing');
  });

  it('all stand in .env.example, and nothing else does', () => {
    const passedOn = services.flatMap(([, { environment }]) =>
      Object.entries(environment).flatMap(([name, value]) => (value === null ? [name] : [])),
    );
    const readByComposeItself = ['COMPOSE_PROFILES'];
    const used = new Set([...interpolations.map(({ name }) => name), ...passedOn, ...readByComposeItself]);
    expect(envExample.map(({ name }) => name).toSorted()).toEqual([...used].toSorted());
  });

  it('are not set by .env.example, which leaves one blank for the only one that is required', () => {
    expect(envExample.filter(({ set }) => set)).toEqual([
      { name: 'POSTGRES_PASSWORD', value: '', set: true },
    ]);
    for (const { name, value } of envExample) {
      if (secretNames.test(name) && !name.endsWith('_FILE')) expect(value, name).toBe('');
    }
  });

  it('stand in .env.example with the defaults that they have', () => {
    const examples = new Map(envExample.map(({ name, value }) => [name, value]));
    for (const { name, otherwise } of interpolations) {
      if (otherwise.kind !== 'default' || name === 'EVENT_STORE_URL') continue;
      expect(examples.get(name), name).toBe(otherwise.text);
    }
    for (const { env, default: byDefault } of settings) {
      if (env === null || byDefault === null || !examples.has(env)) continue;
      expect(examples.get(env), env).toBe(byDefault);
    }
  });
});

describe('the service pushledger', () => {
  let scratch: string;

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'pushledger-compose-'));
    writeFileSync(join(scratch, 'ca.crt'), 'a certificate');
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  /** Its environment, with the authority's certificate where this machine has one. */
  function environmentWith(outside: Readonly<Record<string, string | undefined>>): Record<string, string> {
    const service = composeOf(outside).services.pushledger;
    if (!service) throw new Error('there is no such service');
    const entries = Object.entries(environmentOf(service, outside));
    return Object.fromEntries(
      entries.map(([name, value]) => [name, value.replace('/etc/pushledger/kurrentdb', scratch)]),
    );
  }

  it('sets only what the configuration knows', () => {
    const known = settings.flatMap(({ env, kind }) => {
      if (env === null) return [];
      return kind === 'secret' ? [env, `${env}_FILE`, `${env}_COMMAND`] : [env];
    });
    const passedOn = Object.keys(serviceOf('pushledger').environment);
    // Standard names, which are read as they are.
    expect(passedOn.filter((name) => !known.includes(name) && !name.startsWith('OTEL_'))).toEqual([]);
  });

  it('offers every secret that it passes on as a file too', () => {
    const { environment } = serviceOf('pushledger');
    for (const { env, kind } of settings) {
      if (env === null || kind !== 'secret' || environment[env] !== null) continue;
      expect(environment, env).toHaveProperty(`${env}_FILE`, null);
    }
  });

  it('starts with nothing but the required password', () => {
    const env = environmentWith(smallest);
    expect(Object.keys(env).toSorted()).toEqual(['DATABASE_URL', 'EVENT_STORE_URL']);
    const config = loadConfig({ env, cwd: scratch });
    expect(config.databaseUrl?.reveal()).toBe('postgres://pushledger:a1b2c3@postgres:5432/pushledger');
    expect(config.warnings).toEqual([]);
  });

  it('starts with everything of .env.example', () => {
    const files = envExample.filter(({ name }) => name.endsWith('_FILE')).map(({ name }) => name);
    const values: Record<string, string> = {
      ...passwords,
      PUSHLEDGER_INSTANCE: 'gitea.example.org',
      GITEA_OWNER: 'acme',
      GITEA_TOKEN: 'f00',
      GITEA_WEBHOOK_SECRET: 'sixteen-letters-or-more',
      ADMIN_TOKEN: 'sixteen-letters-or-more',
      MATRIX_ROOM: '#pushes:example.org',
      MATRIX_ACCESS_TOKEN: 'f00',
      DAG_ENGINE_TOKEN: 'f00',
    };
    const names = envExample.map(({ name }) => name).filter((name) => !files.includes(name));
    const asTheyAre = environmentWith(filledIn(envExample, names, values));
    expect(loadConfig({ env: asTheyAre, cwd: scratch }).gitea.token?.reveal()).toBe('f00');

    const asFiles = { ...asTheyAre };
    for (const name of files) {
      const path = join(scratch, name);
      writeFileSync(path, `${values[name.replace(/_FILE$/, '')]}\n`);
      delete asFiles[name.replace(/_FILE$/, '')];
      asFiles[name] = path;
    }
    expect(loadConfig({ env: asFiles, cwd: scratch }).gitea.token?.reveal()).toBe('f00');
  });

  it('finds its event store: the single node by default, the cluster by EVENT_STORE_URL', () => {
    const storeOf = (env: Record<string, string>) => {
      const { hosts, ...store } = parseConnectionString(env.EVENT_STORE_URL ?? '');
      for (const { address, port } of hosts) {
        expect(serviceOf(address).environment.KURRENTDB_NODE_PORT).toBe(String(port));
      }
      return { names: hosts.map(({ address }) => address), ...store };
    };
    expect(storeOf(environmentWith(smallest))).toMatchObject({
      names: ['kurrentdb'],
      tls: false,
      credentials: null,
    });
    expect(storeOf(environmentWith(clustered))).toMatchObject({
      names: ['kurrentdb-1', 'kurrentdb-2', 'kurrentdb-3'],
      tls: true,
      credentials: { username: 'admin', password: 'd4e5f6' },
    });
  });

  it('reads the files of secrets from where they are mounted', () => {
    const mount = serviceOf('pushledger').volumes.find(
      (each) => typeof each !== 'string' && each.source === './deploy/secrets',
    );
    for (const { name, value } of envExample.filter((entry) => entry.name.endsWith('_FILE'))) {
      expect(value, name).toMatch(/^\/run\/secrets\/[a-z-]+$/);
    }
    expect(mount).toMatchObject({ target: '/run/secrets' });
  });
});
