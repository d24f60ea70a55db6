import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import packageLock from '../../package-lock.json' with { type: 'json' };
import { composeOf, projectFile, projectPath } from './support/compose-file.ts';

/** The instructions of the Dockerfile, continued lines joined. */
const instructions = projectFile('Dockerfile')
  .replace(/^\s*#.*\n/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .flatMap((line) => {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    return name !== undefined && rest !== undefined ? [{ name, rest }] : [];
  });

function all(name: string): string[] {
  return instructions.flatMap((each) => (each.name === name ? [each.rest] : []));
}

function last(name: string): string {
  const found = all(name).at(-1);
  if (found === undefined) throw new Error(`the Dockerfile has no ${name}`);
  return found;
}

describe('the Dockerfile', () => {
  it('has the Node of package.json in every stage', () => {
    const stages = all('FROM').flatMap((from) => / AS (\w+)$/.exec(from)?.[1] ?? []);
    const images = all('FROM').filter((from) => !stages.some((stage) => from.startsWith(`${stage} AS `)));
    const versions = images.map((from) => /^node:([\d.]+)-[a-z-]+( AS \w+)?$/.exec(from)?.[1]);
    expect(new Set(versions)).toEqual(new Set([packageJson.dependencies.node]));
  });

  it('installs what runs and nothing else, and no install script is missed', () => {
    const install = all('RUN').find((command) => command.includes('npm'));
    expect(install).toMatch(/^npm ci --omit=dev --omit=optional --ignore-scripts /);
    const lock = z.record(
      z.string(),
      z.looseObject({
        dev: z.boolean().optional(),
        optional: z.boolean().optional(),
        hasInstallScript: z.boolean().optional(),
      }),
    );
    const approved = Object.entries(packageJson.allowScripts).flatMap(([name, yes]) => (yes ? [name] : []));
    const skipped = Object.entries(lock.parse(packageLock.packages)).flatMap(([path, entry]) => {
      const installed = path !== '' && !entry.dev && !entry.optional;
      return installed && entry.hasInstallScript ? [path.replace(/^.*node_modules\//, '')] : [];
    });
    expect(skipped.filter((name) => approved.includes(name))).toEqual(['node']);
  });

  it('builds the page with its tools, and brings along the page alone', () => {
    const page = all('RUN').filter((command) => command.includes('npm'));
    expect(page.slice(1)).toEqual([
      'npm ci --ignore-scripts --no-audit --no-fund',
      expect.stringMatching(/^npm run build /),
    ]);
    const fromStages = all('COPY').filter((copy) => copy.startsWith('--from='));
    expect(fromStages).toEqual([
      '--from=build /opt/pushledger /opt/pushledger',
      '--from=page /opt/pushledger/build /opt/pushledger/build',
    ]);
  });

  it('copies files that exist and that .dockerignore lets through', () => {
    const [everything, ...exceptions] = projectFile('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(everything).toBe('*');
    const copied = all('COPY')
      .filter((copy) => !copy.startsWith('--from='))
      .flatMap((copy) => copy.split(/\s+/).slice(0, -1));
    expect(copied.filter((path) => !existsSync(projectPath(path)))).toEqual([]);
    expect(exceptions.map((line) => line.replace(/^!/, '')).toSorted()).toEqual(copied.toSorted());
  });

  it('runs as a user that exists and is not root, in a volume that is its own', () => {
    const [uid, gid] = last('USER').split(':');
    expect(Number(uid)).toBeGreaterThan(0);
    const makesUser = all('RUN').find((command) => command.includes('useradd')) ?? '';
    expect(makesUser).toContain(`groupadd --gid ${gid} pushledger`);
    expect(makesUser).toContain(`useradd --uid ${uid} --gid pushledger`);
    const directory = last('VOLUME');
    expect(makesUser).toContain(`--owner=pushledger --group=pushledger --mode=0700 ${directory}`);
    expect(last('ENV')).toContain(`PUSHLEDGER_DATA_DIR=${directory}`);
    expect(composeOf({ POSTGRES_PASSWORD: 'x' }).services.pushledger?.volumes).toContain(
      `pushledger-data:${directory}`,
    );
  });

  it('starts the service and is stopped by SIGTERM', () => {
    expect([last('ENTRYPOINT'), last('CMD')].map((text) => JSON.parse(text))).toEqual([
      ['pushledger'],
      ['serve'],
    ]);
    expect(last('STOPSIGNAL')).toBe('SIGTERM');
    expect(last('ENV')).toContain(`PORT=${last('EXPOSE')}`);
  });
});

describe('the health check of the image', () => {
  const [, command] = /CMD (\[.*\])$/.exec(last('HEALTHCHECK')) ?? [];
  const [program, ...args] = z.array(z.string()).parse(JSON.parse(command ?? '[]'));

  function check(port: number): Promise<number | null> {
    expect(program).toBe('pushledger');
    const { PATH } = process.env;
    // As in the image: it listens everywhere, and the port comes from the environment.
    const env = { PATH, HOST: '0.0.0.0', PORT: String(port) };
    const child = spawn(fileURLToPath(projectPath('bin/pushledger')), args, { env, stdio: 'ignore' });
    return new Promise((resolve, reject) => {
      child.on('exit', resolve);
      child.on('error', reject);
    });
  }

  it.each([
    [200, 0],
    [503, 1],
  ])('takes %i of /livez as %i', async (status, exitStatus) => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      expect(await check((server.address() as AddressInfo).port)).toBe(exitStatus);
      expect(asked).toEqual(['/livez']);
    } finally {
      server.close();
    }
  });

  it('takes a service that does not answer as bad', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await check(port)).toBe(1);
  });
});
