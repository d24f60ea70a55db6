import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Question, Told } from './control.ts';

/** The double was killed before it had answered. */
export class DoubleIsDown extends Error {}

/** A double in a process of its own, which can be killed and frozen, and comes back with what it has kept. */
export interface DoubleProcess {
  /** Where it listens, another one after each start; null while it is down. */
  port(): number | null;
  /** @throws DoubleIsDown, or an Error with what the double says */
  ask(command: string, argument?: unknown): Promise<unknown>;
  /** Has it misbehave for a while, by its commands `misbehave` and `behave`. */
  misbehave(how: unknown, forMs: number): Promise<void>;
  /** By SIGKILL. Resolves when it is up again. */
  kill(downMs: number): Promise<void>;
  freeze(forMs: number): Promise<void>;
  /** What it did that a double must never do. */
  readonly faults: string[];
  close(): Promise<void>;
}

export interface DoubleOptions {
  readonly name: string;
  /** Beside this file. */
  readonly main: string;
  readonly args: readonly string[];
  /** What it has to say for itself, where it fails. */
  readonly logPath: string;
}

interface Running {
  readonly child: ChildProcess;
  port: number | null;
}

export async function startDouble(options: DoubleOptions): Promise<DoubleProcess> {
  const { name, args, logPath } = options;
  const main = fileURLToPath(new URL(options.main, import.meta.url));
  const faults: string[] = [];
  const open = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let running: Running | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  async function start(): Promise<void> {
    const log = openSync(logPath, 'a');
    const { PATH = '' } = process.env;
    const child = fork(main, args, { env: { PATH }, stdio: ['ignore', log, log, 'ipc'] });
    closeSync(log);
    const started: Running = { child, port: null };
    running = started;
    const up = Promise.withResolvers<void>();
    child.on('message', (told: Told) => {
      if ('port' in told) {
        started.port = told.port;
        up.resolve();
        return;
      }
      const question = open.get(told.id);
      open.delete(told.id);
      if ('error' in told) question?.reject(new Error(`${name}: ${told.error}`));
      else question?.resolve(told.answer);
    });
    // A message to a process that was just killed.
    child.on('error', () => undefined);
    child.once('exit', (status, signal) => {
      for (const { reject } of open.values()) reject(new DoubleIsDown(name));
      open.clear();
      if (running === started) {
        running = null;
        faults.push(`${name} ended by itself: status ${status}, signal ${signal}; see ${logPath}`);
      }
      up.reject(new Error(`${name} did not start; see ${logPath}`));
    });
    await up.promise;
  }

  async function end(): Promise<void> {
    const ending = running?.child;
    running = null;
    if (!ending) return;
    const exited = once(ending, 'exit');
    ending.kill('SIGKILL');
    await exited;
  }

  async function ask(command: string, argument?: unknown): Promise<unknown> {
    const asked = running?.child;
    if (!asked) throw new DoubleIsDown(name);
    return new Promise((resolve, reject) => {
      const question: Question = { id: ++lastId, command, argument };
      open.set(question.id, { resolve, reject });
      // Where it cannot be sent, `exit` follows.
      asked.send(question, () => undefined);
    });
  }

  /** One fault after another: a command to a process that is being killed has no answer. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  await start();
  return {
    port: () => running?.port ?? null,
    ask,
    misbehave: (how, forMs) =>
      inTurn(async () => {
        await ask('misbehave', how);
        await delay(forMs);
        await ask('behave');
      }),
    kill: (downMs) =>
      inTurn(async () => {
        await end();
        await delay(downMs);
        await start();
      }),
    freeze: (forMs) =>
      inTurn(async () => {
        const frozen = running?.child;
        frozen?.kill('SIGSTOP');
        await delay(forMs);
        frozen?.kill('SIGCONT');
      }),
    faults,
    close: () => inTurn(end),
  };
}
