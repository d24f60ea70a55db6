import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { until } from '../support/condition.ts';

const command = fileURLToPath(new URL('../../bin/pushledger', import.meta.url));
const readyPatienceMs = 90_000;
/** A stop that was asked for is to be over by then, with what the machine may be slow. In milliseconds. */
const stopPatienceMs = 20_000;

/** One process of the service, that is started again whenever it ends. */
export interface Instance {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly logPath: string;
  /** Where in the log the process that runs began, in bytes. */
  logStart(): number;
  /** Null while it is down. */
  pid(): number | null;
  /** Counts the processes so far: another number is another process. */
  generation(): number;
  /** Ends it, and starts it again after a pause. Resolves when it is ended. */
  end(signal: 'SIGKILL' | 'SIGTERM', downMs: number): Promise<void>;
  freeze(forMs: number): Promise<void>;
  ready(): Promise<void>;
  /** What it did that a process must never do. */
  readonly faults: string[];
  close(): Promise<void>;
}

export interface InstanceOptions {
  readonly name: string;
  readonly port: number;
  readonly cwd: string;
  readonly logPath: string;
  readonly env: Readonly<Record<string, string>>;
}

export function startInstance(options: InstanceOptions): Instance {
  const { name, port, logPath } = options;
  const address = `http://127.0.0.1:${port}`;
  const faults: string[] = [];
  let child: ChildProcess | null = null;
  let closed = false;
  let generation = 0;
  let logStart = 0;
  let wasReady = false;
  /** The signal that is on its way to it from here. */
  let asked: NodeJS.Signals | null = null;

  function start(): void {
    if (closed) return;
    const log = openSync(logPath, 'a');
    logStart = fstatSync(log).size;
    const { PATH = '', HOME = '' } = process.env;
    const started = spawn(command, ['serve'], {
      cwd: options.cwd,
      // The inspector is opened by SIGUSR1 only, on a free port: see heap.ts.
      env: { PATH, HOME, PORT: String(port), NODE_OPTIONS: '--inspect-port=0', ...options.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child = started;
    generation++;
    asked = null;
    wasReady = false;
    started.once('exit', (status, signal) => {
      if (child === started) child = null;
      if (asked === null && !closed) {
        // At the start it may give up a database that is away; whoever runs it starts it again.
        if (wasReady) faults.push(`${name} ended by itself: status ${status}, signal ${signal}`);
        setTimeout(start, 500);
      }
      if (asked === 'SIGTERM' && wasReady && status !== 0) {
        faults.push(`${name} ended with status ${status}, signal ${signal} when it was asked to stop`);
      }
    });
    void watchForReady(started);
  }

  async function watchForReady(started: ChildProcess): Promise<void> {
    while (child === started && !wasReady) {
      wasReady = await isReady();
      await delay(25);
    }
  }

  async function isReady(): Promise<boolean> {
    try {
      return (await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false;
    }
  }

  async function stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const stopping = child;
    if (!stopping) return;
    asked = signal;
    const exited = once(stopping, 'exit');
    stopping.kill(signal);
    const late = setTimeout(() => {
      faults.push(`${name} did not stop within ${stopPatienceMs} ms`);
      stopping.kill('SIGKILL');
    }, stopPatienceMs);
    await exited;
    clearTimeout(late);
  }

  start();
  return {
    name,
    address,
    port,
    logPath,
    faults,
    pid: () => child?.pid ?? null,
    generation: () => generation,
    logStart: () => logStart,
    async end(signal, downMs) {
      const before = generation;
      await stop(signal);
      setTimeout(() => {
        if (generation === before && child === null) start();
      }, downMs);
    },
    async freeze(forMs) {
      const frozen = child;
      frozen?.kill('SIGSTOP');
      await delay(forMs);
      frozen?.kill('SIGCONT');
    },
    ready: () =>
      until(`${name} to be ready`, async () => wasReady && (await isReady()), readyPatienceMs).then(
        () => undefined,
      ),
    async close() {
      closed = true;
      await stop('SIGTERM');
    },
  };
}
