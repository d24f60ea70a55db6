import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/condition.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type GiteaDouble, startGitea } from '../support/gitea/server.ts';
import { botToken, type Homeserver, startHomeserver } from '../support/homeserver.ts';
import { type KurrentServer, startKurrentServer } from '../support/kurrentdb/server.ts';
import { type RunningService, startServe } from '../support/service-process.ts';
import { callOf } from './support/call.ts';
import { onlyParsed } from './support/known-commands.ts';
import { pages, project } from './support/pages.ts';
import { commandsOf, type ShellCommand } from './support/shell.ts';

/** An id that stands for any in the documentation. */
const writtenId = /[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** A time that stands for any. */
const writtenTime = '2026-02-03';
const room = { id: '!room:double.test', alias: '#pushes:example.org', joined: true };
/** In the order of a reader: the tutorial makes what the other pages begin with. */
const ordered = pages.toSorted((one, other) => Number(isTutorial(other)) - Number(isTutorial(one)));
const timeout = 240_000;

let directory: string;
let gitea: GiteaDouble;
let homeserver: Homeserver;
let kurrentdb: KurrentServer;
let database: TestDatabase;
let service: RunningService;
let env: Record<string, string>;
let pushId: string;

function isTutorial({ path }: { readonly path: string }): boolean {
  return path === 'docs/tutorial.md';
}

/** Those that are done here: ours, as they stand, and questions to the running service. */
function isDone(command: ShellCommand): boolean {
  const call = callOf(command);
  if (call === null) return isQuestion(command) || isPush(command);
  const [first = ''] = command.words;
  return /pushledger$/.test(first) && !onlyParsed.some((each) => each.command.test(call.join(' ')));
}

function isQuestion({ words }: ShellCommand): boolean {
  return words[0] === 'curl' && words.some((word) => word.startsWith('http://localhost:8080/'));
}

function isPush({ words }: ShellCommand): boolean {
  return words[0] === 'git' && words[1] === 'push';
}

/** What stands in the documentation, with the addresses and ids that there are here. */
function here(text: string): string {
  return text
    .replaceAll('https://pushledger.example.org', service.address)
    .replaceAll('http://localhost:8080', service.address)
    .replaceAll('https://gitea.example.org', gitea.url)
    .replaceAll(writtenId, pushId)
    .replaceAll(writtenTime, new Date().toISOString());
}

async function shell(text: string): Promise<{ status: number | null; output: string }> {
  const child = spawn('sh', ['-c', text], { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output };
}

async function push(): Promise<void> {
  gitea.world.repository('acme', 'widgets')?.push('main', { by: 'grace' });
  await gitea.world.sender.idle();
  const list = async () => {
    const { output } = await shell('pushledger pushes list --json');
    return (JSON.parse(output) as { pushes: { pushId: string }[] }).pushes;
  };
  pushId = await until('the push in the history', async () => (await list())[0]?.pushId);
}

async function perform(command: ShellCommand): Promise<{ status: number | null; output: string }> {
  if (isPush(command)) {
    await push();
    await until('the message in the room', () =>
      homeserver.accepted.some(({ roomId }) => roomId === room.id),
    );
    return { status: 0, output: '' };
  }
  if (isQuestion(command)) {
    const url = command.words.find((word) => word.startsWith('http')) ?? '';
    const answer = await fetch(here(url));
    return { status: answer.ok ? 0 : 1, output: await answer.text() };
  }
  return shell(here(command.text));
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pushledger-docs-'));
  symlinkSync(join(project, 'bin'), join(directory, 'bin'));
  mkdirSync(join(directory, 'path'));
  symlinkSync(join(project, 'bin/pushledger'), join(directory, 'path/pushledger'));
  [gitea, homeserver, kurrentdb, database] = await Promise.all([
    startGitea(),
    startHomeserver({ rooms: [room] }),
    startKurrentServer(),
    createDatabase(),
  ]);
  gitea.world.createUser('grace');
  gitea.world.createRepository('acme', 'widgets').push('main', { by: 'grace' });
  const { PATH = '', HOME = '' } = process.env;
  env = {
    PATH: `${join(directory, 'path')}:${PATH}`,
    HOME,
    PORT: '0',
    DATABASE_URL: database.url,
    PUSHLEDGER_DATA_DIR: join(directory, 'data'),
    GITEA_URL: gitea.url,
    GITEA_TOKEN: 'good-token',
    MATRIX_HOMESERVER_URL: homeserver.url,
    MATRIX_ACCESS_TOKEN: botToken,
    MATRIX_ROOM: room.alias,
  };
  service = await startServe({ cwd: directory, env });
  env = {
    ...env,
    PORT: new URL(service.address).port,
    PUBLIC_URL: service.address,
    NEW_STORE: kurrentdb.url,
  };
}, timeout);
afterAll(async () => {
  await service.end();
  await Promise.all([gitea.close(), homeserver.close(), kurrentdb.stop()]);
  await database.drop();
  rmSync(directory, { recursive: true });
}, timeout);

const performed = ordered
  .map((page) => ({ path: page.path, commands: commandsOf(page).filter(isDone) }))
  .filter(({ commands }) => commands.length > 0);

describe.each(performed)('the commands of $path', ({ commands }) => {
  it.each(commands)('$text', { timeout }, async (command) => {
    const { status, output } = await perform(command);
    expect({ status, output }).toEqual({ status: 0, output: expect.any(String) });
  });
});
