import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../support/condition.ts';
import { type Account, registerAccount } from './account.ts';
import { type Limits, synapseConfig, synapseLogConfig } from './synapse-config.ts';

/** Generous: the machine may be busy with other tests. In milliseconds. */
const startPatienceMs = 90_000;

/** A real homeserver, in a directory of its own. */
export interface Synapse {
  readonly url: string;
  /** Of everything that it has; its log is `homeserver.log` there. */
  readonly directory: string;
  register(name: string): Promise<Account>;
  /** Starts it again, on the same port and with all that it had. */
  start(): Promise<void>;
  /** @param signal SIGTERM when absent: it ends in its own time */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Stops it and removes its directory. */
  remove(): Promise<void>;
}

/** @param python one that has Synapse */
export async function startSynapse(python: string, limits: Limits): Promise<Synapse> {
  const directory = await mkdtemp(join(tmpdir(), 'pushledger-synapse-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const registrationSecret = randomBytes(16).toString('hex');
  const configPath = join(directory, 'homeserver.yaml');
  await writeFile(configPath, synapseConfig({ directory, port, registrationSecret, limits }));
  await writeFile(join(directory, 'log.config'), synapseLogConfig);
  const module = ['-m', 'synapse.app.homeserver', '-c', configPath];
  await promisify(execFile)(python, [...module, '--generate-keys'], { cwd: directory });

  let process: ChildProcess | null = null;
  const start = async () => {
    const log = await open(join(directory, 'homeserver.log'), 'a');
    const child = spawn(python, module, { cwd: directory, stdio: ['ignore', log.fd, log.fd] });
    process = child;
    try {
      await until('Synapse is healthy', () => healthy(url, child), startPatienceMs);
    } catch (error) {
      child.kill('SIGKILL');
      const said = await readFile(join(directory, 'homeserver.log'), 'utf8');
      throw new Error(`Synapse did not start:\n${said.slice(-4_000)}`, { cause: error });
    } finally {
      await log.close();
    }
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    const child = process;
    process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  await start();
  return {
    url,
    directory,
    register: (name) => registerAccount({ url, registrationSecret, name }),
    start,
    stop,
    async remove() {
      await stop('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function healthy(url: string, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`Synapse ended with status ${child.exitCode}`);
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}

/** Free a moment ago: Synapse itself takes no port 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a server on TCP has a port');
  return address.port;
}
