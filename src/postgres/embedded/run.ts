import { spawn } from 'node:child_process';
import type { Identity } from './identity.ts';

export interface Outcome {
  readonly succeeded: boolean;
  /** The last lines of stdout and stderr. */
  readonly output: string;
}

/**
 * Runs a program to its end, as `identity` where one is given. It has a session of its own, so that a Ctrl-C meant
 * for us does not reach it, and an environment of its own, so that no PG* variable of ours does either.
 */
export function run(file: string, args: readonly string[], identity?: Identity): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: '/',
      detached: true,
      env: { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(identity ? { uid: identity.uid, gid: identity.gid } : {}),
    });
    let output = '';
    const collect = (chunk: string) => {
      output = (output + chunk).slice(-8192);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => resolve({ succeeded: code === 0, output: lastLines(output) }));
  });
}

export function lastLines(text: string, count = 12): string {
  return text.trim().split('\n').slice(-count).join('\n');
}
