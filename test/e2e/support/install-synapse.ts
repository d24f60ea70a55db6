import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('synapse-requirements.txt', import.meta.url));

/**
 * A Python that has Synapse: `SYNAPSE_PYTHON` where it is set (a distribution's package), else one in the cache of
 * this user, where Synapse is installed from PyPI at the first time. It is never part of what we ship: its licence is
 * the AGPL.
 *
 * @throws Error that says what is missing
 */
export async function installSynapse(): Promise<string> {
  const configured = process.env.SYNAPSE_PYTHON;
  if (configured) return configured;
  const python = await systemPython();
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pushledger-e2e');
  // Other requirements or another Python are another installation.
  const key = hash('sha256', `${python.version}\n${await readFile(requirements, 'utf8')}`, 'hex').slice(
    0,
    16,
  );
  const home = join(cache, `synapse-${key}`);
  const installed = join(home, 'bin', 'python');
  if (await exists(installed)) return installed;
  await mkdir(cache, { recursive: true });
  await install(python.path, cache, home);
  return installed;
}

/** What was begun and broken off stands under another name, and is never taken for whole. */
async function install(python: string, cache: string, home: string): Promise<void> {
  const building = await mkdtemp(join(cache, 'building-'));
  try {
    await run(python, ['-m', 'venv', building]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
    await run(join(building, 'bin', 'python'), [...pip, '--requirement', requirements]);
    await rename(building, home);
  } catch (error) {
    // Somebody else was quicker: what they have is as good.
    if (await exists(join(home, 'bin', 'python'))) return;
    throw new Error(
      'Synapse could not be installed; it needs Python 3.10 or newer with venv (apt-get install python3-venv) ' +
        'and PyPI, or SYNAPSE_PYTHON: a Python that has it',
      { cause: error },
    );
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function systemPython(): Promise<{ path: string; version: string }> {
  const print = 'import sys; print(sys.executable); print(sys.version)';
  try {
    const { stdout } = await run('python3', ['-c', print]);
    const [path = '', ...version] = stdout.trim().split('\n');
    return { path, version: version.join(' ') };
  } catch (cause) {
    throw new Error('the tests with a homeserver need python3 (apt-get install python3-venv)', { cause });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
