import { setTimeout as delay } from 'node:timers/promises';
import { type KurrentProcess, startKurrentProcess } from '../support/kurrentdb/process.ts';

/** The test server as a process with a log on disk, that is started again when it was killed. */
export interface ChaosKurrentdb {
  readonly port: number;
  kill(downMs: number): Promise<void>;
  freeze(forMs: number): Promise<void>;
  /** One of the manners of `Behaviour`. */
  misbehave(manner: string, forMs: number): Promise<void>;
  slow(delayMs: number, forMs: number): Promise<void>;
  close(): Promise<void>;
}

export async function startChaosKurrentdb(data: string): Promise<ChaosKurrentdb> {
  let server: KurrentProcess = await startKurrentProcess({ data });
  const { port } = server;
  /** One after another: a command to a process that is being killed has no answer. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  return {
    port,
    kill: (downMs) =>
      inTurn(async () => {
        await server.signal('SIGKILL');
        await delay(downMs);
        server = await startKurrentProcess({ data, port });
      }),
    freeze: (forMs) =>
      inTurn(async () => {
        await server.signal('SIGSTOP');
        await delay(forMs);
        await server.signal('SIGCONT');
      }),
    misbehave: (manner, forMs) =>
      inTurn(async () => {
        await server.command(`manner ${manner}`);
        await delay(forMs);
        await server.command('manner serve');
      }),
    slow: (delayMs, forMs) =>
      inTurn(async () => {
        await server.command(`delay ${delayMs}`);
        await delay(forMs);
        await server.command('delay 0');
      }),
    close: () => inTurn(() => server.signal('SIGKILL')),
  };
}
