import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { isAlive, readPostmaster, serves } from '../../src/postgres/embedded/postmaster.ts';
import { passableDirectory } from './postgres-directory.ts';
import {
  type Ended,
  type Program,
  type RunningService,
  runProgram,
  startProgram,
  startServe,
} from './service-process.ts';

/** A machine for one test: a directory, and the programs that run in it. All of it is gone after the test. */
export interface Machine {
  /** Where programs run; the data directory is in it. */
  base: string;
  dataDir: string;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Program;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  serve(env?: Readonly<Record<string, string>>): Promise<RunningService>;
  /** The pid of the embedded PostgreSQL that runs on the data directory, or null. */
  postgresPid(): Promise<number | null>;
}

/** Registers the hooks that make a fresh machine for each test. */
export function useMachine(): Machine {
  let started: Program[] = [];
  const surroundings = (env: Readonly<Record<string, string>>) => ({
    cwd: machine.base,
    env: { PUSHLEDGER_DATA_DIR: machine.dataDir, PORT: '0', ...env },
  });
  const machine: Machine = {
    base: '',
    dataDir: '',
    start(args, env = {}) {
      const program = startProgram(args, surroundings(env));
      started.push(program);
      return program;
    },
    run: (args, env = {}) => runProgram(args, surroundings(env)),
    async serve(env = {}) {
      const service = await startServe(surroundings(env));
      started.push(service);
      return service;
    },
    async postgresPid() {
      const clusterDir = join(machine.dataDir, 'postgres');
      const postmaster = await readPostmaster(clusterDir);
      return postmaster && (await serves(postmaster.pid, clusterDir)) ? postmaster.pid : null;
    },
  };
  beforeEach(async () => {
    machine.base = await passableDirectory();
    machine.dataDir = join(machine.base, 'data');
    started = [];
  });
  afterEach(async () => {
    for (const program of started) await program.end('SIGKILL');
    const pid = await machine.postgresPid();
    if (pid !== null) {
      process.kill(pid, 'SIGQUIT');
      await vi.waitFor(async () => expect(await isAlive(pid)).toBe(false), 30_000);
    }
    await rm(machine.base, { recursive: true, force: true });
  });
  return machine;
}
