import { chown, cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packagedBinaries } from '../../../src/postgres/embedded/binaries.ts';
import { usePostgresDirectory } from '../../support/postgres-directory.ts';
import { ask } from '../../support/postgres-server.ts';

const asRoot = process.getuid?.() === 0;
const nobody = 65_534;

describe('the user that the embedded PostgreSQL runs as', () => {
  const at = usePostgresDirectory();

  test('runs as an ordinary user, also from programs whose symbolic links npm did not make', async () => {
    const packageDir = await copyPrograms(join(at.base, 'programs'));
    await mkdir(at.dataDir);
    if (asRoot) await chown(at.dataDir, nobody, nobody);

    const url = await at.acquireElsewhere({ packageDir, ...(asRoot ? { uid: nobody } : {}) }).url;

    expect(await ask(url, 'SELECT 1')).toBe(1);
    expect((await stat(at.clusterDir)).uid).toBe(asRoot ? nobody : process.getuid?.());
    expect(await readdir(at.dataDir)).toContain('postgres');
  });

  test.runIf(asRoot)('still runs for an ordinary user after a command of root', async () => {
    const packageDir = await copyPrograms(join(at.base, 'programs'));
    await mkdir(at.dataDir);
    await chown(at.dataDir, nobody, nobody);
    const first = at.acquireElsewhere({ packageDir, uid: nobody });
    await first.url;
    await first.release();
    await (await at.acquireHere()).release();

    expect(await ask(await at.acquireElsewhere({ packageDir, uid: nobody }).url, 'SELECT 1')).toBe(1);
  });

  test.runIf(asRoot)("runs for root where the server's user reaches neither data nor programs", async () => {
    const closed = join(at.base, 'closed');
    await mkdir(closed, { mode: 0o700 });
    at.dataDir = join(closed, 'data');
    const packageDir = await copyPrograms(join(closed, 'programs'));

    const holder = at.acquireElsewhere({ packageDir });
    expect(await ask(await holder.url, 'SELECT 1')).toBe(1);
    at.clusterDir = (await readFile(join(at.dataDir, 'postgres-location'), 'utf8')).trim();
    expect(at.clusterDir).toMatch(new RegExp(`^${at.sharedDir}/[0-9a-f]{12}/postgres$`));
    const copies = (await readdir(at.sharedDir)).filter((name) => name.startsWith('postgres-18.'));
    expect(copies).toHaveLength(1);
    const made = await stat(join(at.sharedDir, `${copies[0]}`));
    await holder.release();

    const again = at.acquireElsewhere({ packageDir });
    expect(await ask(await again.url, 'SELECT 1')).toBe(1);
    expect((await stat(join(at.sharedDir, `${copies[0]}`))).ino).toBe(made.ino);
    await again.release();
  });
});

/** The package's programs as npm unpacks them when install scripts are off: without their symbolic links. */
async function copyPrograms(to: string): Promise<string> {
  const { packageDir } = packagedBinaries();
  const list = await readFile(join(packageDir, 'native/pg-symlinks.json'), 'utf8');
  const links = JSON.parse(list).map((link: { target: string }) => join(packageDir, link.target));
  await cp(join(packageDir, 'native'), join(to, 'native'), {
    recursive: true,
    filter: (source) => !links.includes(source),
  });
  return to;
}
