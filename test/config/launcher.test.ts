import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditFlags, memoryEnv, rebuildFlags, serviceFlags } from '../../bench/support/node-flags.ts';

const bin = fileURLToPath(new URL('../../bin', import.meta.url));

/** Has a type to strip, also in an import, and tells how it was called. */
const program = `
import { greeting } from './other.ts';
const said: string = greeting;
if (process.argv[2] === 'wait') {
  process.on('SIGTERM', () => process.exit(7));
  setInterval(() => {}, 1000);
}
const flags = process.execArgv.concat('MALLOC_ARENA_MAX=' + process.env.MALLOC_ARENA_MAX);
console.log(JSON.stringify([said, process.execPath, process.cwd(), ...process.argv.slice(2), ...(process.argv[3] === 'flags' ? flags : [])]));
`;

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pushledger-bin with space-')));
});

afterEach(() => rmSync(folder, { recursive: true }));

function projectAt(path: string): string {
  const project = join(folder, path);
  cpSync(bin, join(project, 'bin'), { recursive: true });
  mkdirSync(join(project, 'src'));
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  writeFileSync(join(project, 'src/main.ts'), program);
  writeFileSync(join(project, 'src/other.ts'), "export const greeting: string = 'hello';");
  return project;
}

/** A Node of this version at node_modules/node, as the npm package `node` brings it. */
function nodeAt(path: string, version?: string): string {
  const node = join(folder, path, 'node/bin/node');
  mkdirSync(dirname(node), { recursive: true });
  if (version === undefined) symlinkSync(process.execPath, node);
  else writeFileSync(node, `#!/bin/sh\necho v${version}\n`, { mode: 0o755 });
  return node;
}

function run(command: string, args: string[] = [], path = '/usr/bin:/bin') {
  const result = spawnSync(command, args, { cwd: '/', env: { PATH: path }, encoding: 'utf8' });
  return { ...result, said: result.status === 0 ? (JSON.parse(result.stdout) as string[]) : [] };
}

describe('bin/pushledger', () => {
  it("runs the project's own Node from any directory, with all arguments as they are and no warning", () => {
    const project = projectAt('clone');
    nodeAt('clone/node_modules');
    const { said, stderr } = run(join(project, 'bin/pushledger'), ['serve', '', 'a b', '--x']);
    expect(said).toEqual(['hello', realpathSync(process.execPath), '/', 'serve', '', 'a b', '--x']);
    expect(stderr).toBe('');
  });

  it('is found through PATH and through links, absolute and relative', () => {
    const project = projectAt('clone');
    nodeAt('clone/node_modules');
    mkdirSync(join(folder, 'links'));
    symlinkSync('../clone/bin/pushledger', join(folder, 'links/relative'));
    symlinkSync(join(folder, 'links/relative'), join(folder, 'links/absolute'));
    const path = `${join(folder, 'links')}:/usr/bin:/bin`;
    expect(run('absolute', ['x'], path).said.at(-1)).toBe('x');
    expect(run('sh', [join(project, 'bin/pushledger'), 'y']).said.at(-1)).toBe('y');
    const inside = execFileSync('sh', ['pushledger', 'z'], { cwd: join(project, 'bin'), encoding: 'utf8' });
    expect(JSON.parse(inside)).toContain('z');
  });

  it('runs as a dependency, with the Node that was hoisted', () => {
    projectAt('app/node_modules/pushledger');
    nodeAt('app/node_modules');
    mkdirSync(join(folder, 'app/node_modules/.bin'));
    symlinkSync('../pushledger/bin/pushledger', join(folder, 'app/node_modules/.bin/pushledger'));
    const { said, stderr } = run(join(folder, 'app/node_modules/.bin/pushledger'), ['x']);
    expect(said.slice(0, 1).concat(said.slice(2))).toEqual(['hello', '/', 'x']);
    expect(stderr).toBe('');
  });

  it('takes the Node of PATH when that is new enough', () => {
    const project = projectAt('clone');
    nodeAt('elsewhere');
    const path = `${join(folder, 'elsewhere/node/bin')}:/usr/bin:/bin`;
    expect(run(join(project, 'bin/pushledger'), [], path).said[0]).toBe('hello');
  });

  it.each(['20.19.0', '23.9.0', 'nonsense'])('says what to do when there is only Node %s', (version) => {
    const project = projectAt('clone');
    nodeAt('elsewhere', version);
    const path = `${join(folder, 'elsewhere/node/bin')}:/usr/bin:/bin`;
    const { status, stderr } = run(join(project, 'bin/pushledger'), [], path);
    expect(status).toBe(2);
    expect(stderr).toContain(`cd "${project}" && npm ci`);
  });

  it.each([
    ['serve', serviceFlags],
    ['rebuild', rebuildFlags],
    ['audit', auditFlags],
  ])('gives %s the memory that the benchmarks measure it with', (command, flags) => {
    const project = projectAt('clone');
    nodeAt('clone/node_modules');
    const { said } = run(join(project, 'bin/pushledger'), [command, 'flags']);
    const given = said.slice(said.indexOf('flags') + 1).filter((flag) => !flag.startsWith('--disable'));
    const environment = Object.entries(memoryEnv).map(([name, value]) => `${name}=${value}`);
    expect(given).toEqual([...flags, ...environment]);
  });

  it('becomes Node, so that a signal reaches it', async () => {
    const project = projectAt('clone');
    nodeAt('clone/node_modules');
    const child = spawn(join(project, 'bin/pushledger'), ['wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([7, null]);
  });
});
