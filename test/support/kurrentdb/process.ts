import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface KurrentProcess {
  readonly url: string;
  readonly port: number;
  /** One of the commands of `main.ts`; resolves with its answer. */
  command(text: string): Promise<unknown>;
  /** By SIGKILL, or frozen and thawed by SIGSTOP and SIGCONT. Resolves when a kill is done. */
  signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
}

/** The test server in a process that can be killed. With `data` it comes back with its log. */
export async function startKurrentProcess(
  options: { readonly port?: number; readonly data?: string } = {},
): Promise<KurrentProcess> {
  const args = [fileURLToPath(new URL('./main.ts', import.meta.url))];
  if (options.port !== undefined) args.push('--port', String(options.port));
  if (options.data !== undefined) args.push('--data', options.data);
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the test server has ended');
    return JSON.parse(value) as unknown;
  };
  const { url, port } = (await answer()) as { url: string; port: number };
  return {
    url,
    port,
    async command(text) {
      child.stdin.write(`${text}\n`);
      return answer();
    },
    async signal(name) {
      const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
      child.kill(name);
      if (name === 'SIGKILL' || name === 'SIGTERM') await exited;
    },
  };
}
