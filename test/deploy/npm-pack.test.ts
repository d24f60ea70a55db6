import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { passableDirectory } from '../support/postgres-directory.ts';
import { projectPath } from './support/compose-file.ts';

const project = fileURLToPath(projectPath('.'));
const packedSchema = z.array(
  z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
);

let base: string;
let files: string[];
/** Where it is installed, as a dependency of something else. */
let modules: string;

beforeAll(async () => {
  base = await passableDirectory();
  const target = await mkdtemp(join(tmpdir(), 'pushledger-pack-'));
  try {
    // Without scripts, as the page is built by one that takes long; whether it is in is the file list's to say.
    const output = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', target], {
      cwd: project,
      encoding: 'utf8',
    });
    const [packed] = packedSchema.parse(JSON.parse(output));
    if (!packed) throw new Error('npm packed nothing');
    files = packed.files.map(({ path }) => path);
    modules = join(base, 'somewhere else', 'node_modules');
    await mkdir(modules, { recursive: true });
    execFileSync('tar', ['-xzf', join(target, packed.filename), '-C', modules]);
    await rename(join(modules, 'package'), join(modules, 'pushledger'));
    // Its dependencies as npm lays them beside it; from here, so that no registry is needed.
    for (const name of await readdir(join(project, 'node_modules'))) {
      if (!name.startsWith('.')) await symlink(join(project, 'node_modules', name), join(modules, name));
    }
    await mkdir(join(modules, '.bin'));
    for (const [name, path] of Object.entries(packageJson.bin))
      await symlink(join('..', 'pushledger', path), join(modules, '.bin', name));
  } finally {
    await rm(target, { recursive: true });
  }
}, 120_000);
afterAll(() => rm(base, { recursive: true, force: true }));

function run(name: string, ...args: string[]): Promise<{ status: number; output: string }> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, PUSHLEDGER_DATA_DIR: join(base, 'data') };
  return new Promise((resolve) => {
    execFile(join(modules, '.bin', name), args, { env, cwd: base }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

describe('the package', () => {
  it('has what runs, and nothing of the workshop or of this machine', () => {
    for (const path of Object.values(packageJson.bin)) expect(files).toContain(path);
    for (const path of [
      'src/main.ts',
      'bin/run-with-node',
      'README.md',
      'LICENSE',
      'deploy/pushledger.service',
    ])
      expect(files).toContain(path);
    expect(files.some((path) => path.startsWith('src/postgres/migrations/'))).toBe(true);
    const alien =
      /^(test\/(?!fixtures\/)|bench|dashboard|data|node_modules|\.)|secrets?\/|\.env|\.test\.ts$|\.log$/;
    expect(files.filter((path) => alien.test(path))).toEqual([]);
  });

  it('has the built page, where it was built: npm does that before it packs', () => {
    expect(packageJson.files).toContain('build');
    expect(packageJson.scripts.prepare).toContain('dashboard/prepare.mjs');
  });

  it('runs where it is installed: all commands say what they do', async () => {
    expect(await run('pushledger', '--version')).toEqual({ status: 0, output: `${packageJson.version}\n` });
    expect((await run('pushledger', '--help')).output).toContain('serve');
    expect((await run('pushledger', 'health', '--help')).output).toContain('--live');
    expect((await run('gitea_create_webhook', '--help')).status).toBe(0);
  }, 60_000);

  it('runs the demo from an empty directory to the last message', async () => {
    const { status, output } = await run('pushledger', 'demo', '--exit');
    expect(output).toContain('[widgets]');
    expect(status).toBe(0);
  }, 120_000);
});
