import { spawnSync } from 'node:child_process';

export type CommandOutcome =
  | { readonly ok: true; readonly stdout: string }
  | { readonly ok: false; readonly reason: string };

export interface CommandSurroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type RunCommand = (command: string, surroundings: CommandSurroundings) => CommandOutcome;

export const commandTimeoutMs = 10_000;

/**
 * Runs a command that prints a secret, by the shell. What it writes to stderr goes to ours, so that its own
 * explanation is seen; its stdout is a secret and appears in no outcome but the good one.
 */
export function runShellCommand(
  command: string,
  surroundings: CommandSurroundings,
  timeoutMs = commandTimeoutMs,
): CommandOutcome {
  // A NUL byte makes spawn throw, and the error quotes the command.
  if (command.includes('\0')) return { ok: false, reason: 'a command with a NUL byte' };
  const result = spawnSync('/bin/sh', ['-c', command], {
    cwd: surroundings.cwd,
    env: { ...surroundings.env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: timeoutMs,
    // A shell may ignore SIGTERM, and then the start would hang for ever.
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024,
  });
  if (result.error) return { ok: false, reason: reasonOf(result.error, timeoutMs) };
  if (result.signal !== null) return { ok: false, reason: `a command that was ended by ${result.signal}` };
  if (result.status !== 0) return { ok: false, reason: `a command that failed with status ${result.status}` };
  return { ok: true, stdout: result.stdout };
}

function reasonOf(error: NodeJS.ErrnoException, timeoutMs: number): string {
  if (error.code === 'ETIMEDOUT') return `a command that took longer than ${timeoutMs / 1000} s`;
  if (error.code === 'ENOBUFS') return 'a command that printed more than 64 KiB';
  return `a command that could not be run (${error.code ?? 'unknown error'})`;
}
