import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Generous: the machine may be busy with other tests. In milliseconds. */
const startPatienceMs = 60_000;
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const command = fileURLToPath(new URL('../../bin/pushledger', import.meta.url));

export interface Ended {
  /** The exit status, or null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line of the service's log; see `createLogger`. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Program {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
  /** What stands on stdout as JSON so far. */
  log(): readonly LogLine[];
  /** Sends a signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<Ended>;
}

export interface RunningService extends Program {
  /** `http://host:port` */
  readonly address: string;
}

export interface Surroundings {
  /** The whole environment but for what any program needs. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** By the command that is installed, for what depends on how it starts Node; else by this Node, which is sooner. */
  readonly asInstalled?: boolean;
}

/** Starts `pushledger <args>` as its own process, with nothing of this process's configuration. */
export function startProgram(args: readonly string[], { env, cwd, asInstalled }: Surroundings): Program {
  const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
  const [file, all] = asInstalled ? [command, args] : [process.execPath, [main, ...args]];
  const child = spawn(file, all, {
    cwd,
    env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // `close`, not `exit`: only then has all output arrived.
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal, stdout, stderr }));
  return {
    process: child,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    log: () => logLines(stdout),
    end: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs `pushledger <args>` to its end. */
export function runProgram(args: readonly string[], surroundings: Surroundings): Promise<Ended> {
  return startProgram(args, surroundings).ended;
}

/** The address of a `serve` that is ready; fails with all that it said when it ends before. */
export async function whenReady(program: Program, patienceMs = startPatienceMs): Promise<RunningService> {
  const { stdout } = program.process;
  if (!stdout) throw new Error('the program has no stdout');
  const address = new Promise<string>((resolve) => {
    createInterface({ input: stdout }).on('line', (line) => {
      const [ready] = logLines(line).filter(({ msg }) => msg === 'ready');
      if (typeof ready?.address === 'string') resolve(ready.address);
    });
  });
  const tooSoon = program.ended.then(({ status, stdout, stderr }) => {
    throw new Error(`serve ended with status ${status} before it was ready:\n${stdout}\n${stderr}`);
  });
  const deadline = AbortSignal.timeout(patienceMs);
  const tooLate = once(deadline, 'abort').then(() => {
    throw new Error(`serve was not ready within ${patienceMs} ms:\n${program.stdout()}\n${program.stderr()}`);
  });
  return { ...program, address: await Promise.race([address, tooSoon, tooLate]) };
}

/** Starts `pushledger serve` and waits until it is ready. */
export async function startServe(
  surroundings: Surroundings,
  args: readonly string[] = [],
): Promise<RunningService> {
  return whenReady(startProgram(['serve', ...args], surroundings));
}

function logLines(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    try {
      return [JSON.parse(line) as LogLine];
    } catch {
      // The rest of the last line is still on its way.
      return [];
    }
  });
}
