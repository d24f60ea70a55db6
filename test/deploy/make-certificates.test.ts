import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
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
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { composeOf, projectPath } from './support/compose-file.ts';

/** Stands in for es-gencert-cli: its options, random bytes in place of certificates, and a fault on demand. */
const standIn = `#!/bin/sh
set -eu
command=$1
shift
while [ $# -gt 0 ]; do
  case $1 in
    -out) out=$2 ;;
    -ca-key) cat "$2" >/dev/null ;;
    -ca-certificate) cat "$2" >/dev/null ;;
    -dns-names | -ip-addresses | -days) ;;
    *) echo "unknown option $1" >&2; exit 1 ;;
  esac
  case $1 in -dns-names) names=$2 ;; esac
  shift 2
done
mkdir -p "$out"
case $command in
  create-ca) name=ca ;;
  create-node) name=node ;;
esac
umask 077
od -An -N8 -tx8 /dev/urandom > "$out/$name.key"
[ "\${names:-}" = "\${BREAK_AT:-none}" ] && exit 1
echo "certificate of \${names:-the authority} $(od -An -N8 -tx8 /dev/urandom)" > "$out/$name.crt"
`;

const nodes = ['kurrentdb-1', 'kurrentdb-2', 'kurrentdb-3'];
const passwords = { KURRENTDB_DEFAULT_ADMIN_PASSWORD: 'one', KURRENTDB_DEFAULT_OPS_PASSWORD: 'two' };

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pushledger-certificates-'));
  // The volumes are there before the script runs.
  for (const directory of ['bin', 'authority', 'public', ...nodes.map((node) => `certificates/${node}`)]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  writeFileSync(join(root, 'bin/es-gencert-cli'), standIn);
  chmodSync(join(root, 'bin/es-gencert-cli'), 0o755);
});

afterEach(() => rmSync(root, { recursive: true }));

function run(env: Record<string, string> = passwords) {
  return spawnSync('sh', [fileURLToPath(projectPath('deploy/make-certificates'))], {
    encoding: 'utf8',
    env: {
      PATH: `${join(root, 'bin')}:${process.env.PATH}`,
      AUTHORITY_DIR: join(root, 'authority'),
      PUBLIC_DIR: join(root, 'public'),
      CERTIFICATES_DIR: join(root, 'certificates'),
      ...env,
    },
  });
}

/** Every file below the volumes by its path. */
function contents(): Record<string, string> {
  const volumes = ['authority', 'public', 'certificates'];
  const files = volumes.flatMap((volume) =>
    readdirSync(join(root, volume), { recursive: true, encoding: 'utf8' }).map((path) => join(volume, path)),
  );
  return Object.fromEntries(
    files
      .filter((path) => statSync(join(root, path)).isFile())
      .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  );
}

const complete = [
  'authority/ca/ca.crt',
  'authority/ca/ca.key',
  ...nodes.flatMap((node) =>
    ['ca/ca.crt', 'node.crt', 'node.key'].map((path) => `certificates/${node}/${path}`),
  ),
  'public/ca.crt',
];

describe('making the certificates of the cluster', () => {
  it('makes an authority, and a certificate with the name of each node', () => {
    expect(run()).toMatchObject({ status: 0, stderr: '' });
    const made = contents();
    expect(Object.keys(made).toSorted()).toEqual(complete);
    for (const node of nodes) {
      expect(made[`certificates/${node}/node.crt`]).toContain(`certificate of ${node},localhost`);
      expect(made[`certificates/${node}/ca/ca.crt`]).toBe(made['public/ca.crt']);
    }
  });

  it('puts the files where the compose file looks for them, readable for the users of the images', () => {
    run();
    const mode = (path: string) => statSync(join(root, path)).mode & 0o777;
    expect(mode('authority/ca')).toBe(0o700);
    expect(mode('public/ca.crt')).toBe(0o644);
    const { services } = composeOf({ POSTGRES_PASSWORD: 'x' });
    for (const node of nodes) {
      const environment = services[node]?.environment ?? {};
      for (const name of ['CERTIFICATE_FILE', 'CERTIFICATE_PRIVATE_KEY_FILE']) {
        const path = environment[`KURRENTDB_${name}`]?.replace('/etc/kurrentdb/certificate', '') ?? '';
        expect(mode(`certificates/${node}${path}`)).toBe(0o644);
      }
    }
  });

  it('changes nothing when it runs again', () => {
    run();
    const before = contents();
    expect(run()).toMatchObject({ status: 0, stdout: '' });
    expect(contents()).toEqual(before);
  });

  it('renews the certificate of a node that was removed, and no other', () => {
    run();
    const before = contents();
    rmSync(join(root, 'certificates/kurrentdb-2/node.crt'));
    expect(run().stdout).toBe('made the certificate of kurrentdb-2\n');
    const after = contents();
    const changed = complete.filter((path) => before[path] !== after[path]);
    expect(changed).toEqual(['certificates/kurrentdb-2/node.crt', 'certificates/kurrentdb-2/node.key']);
  });

  it('renews every node when the authority was removed', () => {
    run();
    const before = contents();
    rmSync(join(root, 'authority/ca'), { recursive: true });
    run();
    const after = contents();
    expect(complete.filter((path) => before[path] === after[path])).toEqual([]);
  });

  it('goes on where it failed', () => {
    const failed = run({ ...passwords, BREAK_AT: 'kurrentdb-2,localhost' });
    expect(failed.status).not.toBe(0);
    expect(existsSync(join(root, 'certificates/kurrentdb-2/node.crt'))).toBe(false);
    const before = contents();
    expect(run().status).toBe(0);
    const after = contents();
    expect(Object.keys(after).toSorted()).toEqual(complete);
    expect(after['certificates/kurrentdb-1/node.crt']).toBe(before['certificates/kurrentdb-1/node.crt']);
  });

  it.each(Object.keys(passwords))('refuses to make any without %s', (name) => {
    const { status, stderr } = run({ ...passwords, [name]: '' });
    expect(status).toBe(1);
    expect(stderr).toContain(`${name} is not set`);
    expect(stderr).toContain('openssl rand -hex 32');
    expect(contents()).toEqual({});
  });
});
