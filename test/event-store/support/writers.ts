import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { WriterJob } from '../../support/writer-process.ts';

export interface Writers {
  /** Lets them begin, and resolves when everything is written. */
  run(): Promise<void>;
}

/** A process with several writers, connected and ready. */
export async function startWriters(job: WriterJob): Promise<Writers> {
  const script = fileURLToPath(new URL('../../support/writer-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(job)], { stdio: 'pipe' });
  const problems = text(child.stderr);
  const done = once(child, 'exit').then(async ([status]) => {
    if (status !== 0) throw new Error(`a writer ended with ${status}: ${await problems}`);
  });
  await Promise.race([once(child.stdout, 'data'), done]);
  return {
    run() {
      child.stdin.write('.');
      return done;
    },
  };
}
