import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { composeOf, projectFile, projectPath, readCompose, servicesWith } from './support/compose-file.ts';
import { clustered, file, serviceOf, services, smallest } from './support/deployment.ts';

const profileSets: readonly (readonly string[])[] = [[], ['cluster'], ['full'], ['cluster', 'full']];

describe('docker-compose.yml', () => {
  it('fits the schema of the Compose specification', () => {
    const { $schema: _draft, ...schema } = JSON.parse(
      projectFile('node_modules/dclint/schemas/compose.schema.json'),
    );
    const ajv = new Ajv({ strict: false, allErrors: true });
    const validate = ajv.compile(schema);
    for (const environment of [smallest, clustered]) {
      validate(readCompose(environment));
      expect(validate.errors ?? []).toEqual([]);
    }
    // A check that cannot fail would be none.
    expect(validate({ services: { x: { image: 'x', no_such_key: 1 } } })).toBe(false);
  });

  const client = spawnSync('docker', ['compose', 'version']).status === 0;
  // Runs where the client is there; the schema above and the interpolation are checked everywhere.
  it.each(client ? profileSets.map((profiles) => profiles.join('+')) : [])(
    'is accepted by Docker Compose itself with the profiles "%s"',
    (profiles) => {
      const flags = profiles.split('+').flatMap((profile) => (profile ? ['--profile', profile] : []));
      execFileSync(
        'docker',
        ['compose', '--env-file', '/dev/null', '-f', 'docker-compose.yml', ...flags, 'config', '-q'],
        {
          cwd: fileURLToPath(projectPath('.')),
          env: { PATH: process.env.PATH, HOME: process.env.HOME, ...smallest },
        },
      );
    },
  );
});

describe('every service', () => {
  it.each(profileSets.map((profiles) => [profiles.join('+') || 'none', profiles] as const))(
    'depends only on what runs with it (profiles: %s)',
    (_name, profiles) => {
      const running = servicesWith(file, profiles);
      for (const [name, { depends_on }] of Object.entries(running)) {
        for (const [target, { condition, required }] of Object.entries(depends_on)) {
          const dependency = serviceOf(target);
          if (required) expect(Object.keys(running), `${name} needs it`).toContain(target);
          if (condition === 'service_healthy') expect(dependency.healthcheck, target).toBeDefined();
        }
      }
    },
  );

  it('has a health check, a restart policy and time to stop, unless it runs once and ends', () => {
    const dependencies = services.flatMap(([, { depends_on }]) => Object.entries(depends_on));
    const runOnce = dependencies.flatMap(([name, { condition }]) =>
      condition === 'service_completed_successfully' ? [name] : [],
    );
    for (const [name, service] of services) {
      if (runOnce.includes(name)) {
        expect(service.restart, name).toBe('no');
        continue;
      }
      // Of an image of our own, the Dockerfile has it.
      if (service.build === undefined) expect(service.healthcheck?.test[0], name).toBe('CMD');
      expect(service.restart, name).toBe('unless-stopped');
      expect(service.stop_grace_period, name).toMatch(/^\d+[sm]$/);
    }
  });

  it('has an image with a version', () => {
    expect(serviceOf('pushledger').image).toBe(`pushledger:${packageJson.version}`);
    for (const [name, { image }] of services) expect(image, name).toMatch(/:v?\d+(\.\d+)+(-[a-z]+)?$/);
  });

  it('mounts volumes that are declared and files that exist', () => {
    const used = new Set<string>();
    for (const [name, { volumes }] of services) {
      for (const volume of volumes) {
        if (typeof volume !== 'string') expect(existsSync(projectPath(volume.source)), name).toBe(true);
        else used.add(volume.split(':')[0] ?? '');
      }
    }
    expect([...used].toSorted()).toEqual(Object.keys(file.volumes).toSorted());
  });

  it('is published on this machine alone by default, and elsewhere when told so', () => {
    const elsewhere = composeOf({ ...smallest, PUBLISH_ADDRESS: '192.0.2.1' });
    for (const [name, { ports }] of services) {
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      for (const port of elsewhere.services[name]?.ports ?? []) expect(port).toMatch(/^192\.0\.2\.1:/);
    }
    const published = services.flatMap(([name, { ports }]) => (ports.length > 0 ? [name] : []));
    expect(published.toSorted()).toEqual(['gitea', 'pushledger', 'synapse']);
  });

  it('with data and no door of its own is on a network that leads nowhere', () => {
    expect(file.networks.inside).toEqual({ internal: true });
    for (const [name, { networks }] of services) {
      if (/^(postgres|kurrentdb)/.test(name)) expect(networks, name).toEqual(['inside']);
    }
    expect(serviceOf('certificates').network_mode).toBe('none');
    expect(serviceOf('gitea').networks).toEqual(['outside']);
    expect(serviceOf('pushledger').networks).toEqual(['inside', 'outside']);
  });
});

describe('the profile full', () => {
  it('lets Gitea call pushledger, in the section of every version', () => {
    const { environment } = serviceOf('gitea');
    for (const section of ['webhook', 'security']) {
      expect(environment[`GITEA__${section}__ALLOWED_HOST_LIST`]?.split(',')).toContain('pushledger');
    }
    expect(serviceOf('pushledger').networks.some((each) => serviceOf('gitea').networks.includes(each))).toBe(
      true,
    );
  });

  it('names services and ports in .env.example that exist', () => {
    const [, ...addresses] = projectFile('.env.example').split('# --- The profile `full`');
    const named = [...addresses.join().matchAll(/http:\/\/([a-z]+):(\d+)/g)];
    expect(named.map(([, host]) => host).toSorted()).toEqual(['gitea', 'pushledger', 'synapse']);
    for (const [, host = '', port] of named) {
      expect(serviceOf(host).ports.map((each) => each.split(':').at(-1))).toContain(port);
    }
  });
});

describe('the profile cluster', () => {
  const nodes = ['kurrentdb-1', 'kurrentdb-2', 'kurrentdb-3'];

  it('has nodes that name themselves and seek the two others', () => {
    for (const node of nodes) {
      const { environment, volumes } = serviceOf(node);
      expect(environment.KURRENTDB_NODE_HOST_ADVERTISE_AS).toBe(node);
      expect(environment.KURRENTDB_REPLICATION_HOST_ADVERTISE_AS).toBe(node);
      const others = nodes.filter((each) => each !== node).map((each) => `${each}:2113`);
      expect(environment.KURRENTDB_GOSSIP_SEED?.split(',')).toEqual(others);
      expect(environment).not.toHaveProperty('KURRENTDB_INSECURE');
      expect(volumes).toEqual([
        `${node}-data:/var/lib/kurrentdb`,
        `${node}-certificate:/etc/kurrentdb/certificate:ro`,
      ]);
    }
  });

  it('starts no node before its certificate is made and its passwords are known to be set', () => {
    for (const node of nodes) {
      expect(serviceOf(node).depends_on.certificates?.condition).toBe('service_completed_successfully');
    }
    for (const name of ['KURRENTDB_DEFAULT_ADMIN_PASSWORD', 'KURRENTDB_DEFAULT_OPS_PASSWORD']) {
      for (const each of [...nodes, 'certificates']) {
        expect(serviceOf(each).environment, each).toHaveProperty(name, null);
      }
    }
  });

  it('keeps the key of the authority to the service that makes certificates', () => {
    const holders = services.flatMap(([name, { volumes }]) =>
      volumes.some((each) => typeof each === 'string' && each.startsWith('kurrentdb-authority:'))
        ? [name]
        : [],
    );
    expect(holders).toEqual(['certificates']);
  });
});
