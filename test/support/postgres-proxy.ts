import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createFrameReader, type Frame, readBind, readTexts } from './postgres-proxy-frames.ts';
import { isIdle, nameOf, type Statement } from './postgres-proxy-steps.ts';

/** `before`: the server never gets the step. `after`: the server has done it, and the client never hears. */
export type Moment = 'before' | 'after';

/** A step and how often its name came before, counted from the watch's beginning: `commit after …#2`. */
export type StepKey = `${string}#${number}`;

export interface Watch {
  /** Every step so far, in the order in which they were sent. */
  readonly steps: readonly StepKey[];
  /** How many statements of an idle service were sent. */
  readonly idle: number;
  /** Resolves when the step to stop at was reached: from then on nothing passes in either direction. */
  readonly reached: Promise<void>;
  /** Whether it was reached. */
  readonly stopped: boolean;
}

export interface PostgresProxy {
  readonly url: string;
  /** Counts steps from now on, and stops at one of them. Ends the watch before it. */
  watch(stopAt?: { readonly key: StepKey; readonly moment: Moment }): Watch;
  /** Everything passes again: call it when the client that was stopped is dead. */
  release(): void;
  close(): Promise<void>;
}

interface CurrentWatch {
  readonly steps: StepKey[];
  idle: number;
  readonly stopAt: { readonly key: StepKey; readonly moment: Moment } | null;
  readonly tellReached: () => void;
  stopped: boolean;
}

/** Stands in front of a PostgreSQL server, knows what passes by name, and can stop it at an exact step. */
export async function startPostgresProxy(serverUrl: string): Promise<PostgresProxy> {
  const server = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let current: CurrentWatch | null = null;
  let frozen = false;

  /** What is to be done with a statement that is about to be sent. */
  function meet(statement: Statement, before: string | null): { name: string; stop: Moment | null } {
    const name = nameOf(statement, before);
    if (!current) return { name, stop: null };
    if (isIdle(statement)) {
      current.idle++;
      return { name, stop: null };
    }
    const key: StepKey = `${name}#${current.steps.filter((step) => step.startsWith(`${name}#`)).length + 1}`;
    current.steps.push(key);
    return { name, stop: current.stopAt?.key === key ? current.stopAt.moment : null };
  }

  function freeze(): void {
    frozen = true;
    if (!current) return;
    current.stopped = true;
    current.tellReached();
  }

  const listener = createServer((client) => {
    const upstream = connect(Number(server.port), server.hostname);
    const statements = new Map<string, string>();
    let bound: Statement | null = null;
    let unit: Buffer[] = [];
    let lastStep: string | null = null;
    let stopAtAnswer = false;

    function understand({ type, content }: Frame): Statement | null {
      if (type === 'Q') return { sql: readTexts(content, 1).texts[0] ?? '', parameters: [] };
      if (type === 'P') {
        const { texts } = readTexts(content, 2);
        statements.set(texts[0] ?? '', texts[1] ?? '');
      }
      if (type === 'B') {
        const { statement, parameters } = readBind(content);
        bound = { sql: statements.get(statement) ?? '', parameters };
      }
      return type === 'S' ? bound : null;
    }

    function takeFromClient(frame: Frame): void {
      const statement = understand(frame);
      unit.push(frame.raw);
      // Parse, Bind and Execute take effect at their Sync: the whole of them is one step.
      if (['P', 'B', 'D', 'E', 'C'].includes(frame.type)) return;
      const raw = Buffer.concat(unit);
      unit = [];
      if (statement) {
        const { name, stop } = meet(statement, lastStep);
        lastStep = name;
        if (stop === 'before') {
          freeze();
          return;
        }
        stopAtAnswer = stop === 'after';
      }
      upstream.write(raw);
    }

    function takeFromServer(frame: Frame): void {
      if (!stopAtAnswer) client.write(frame.raw);
      // ReadyForQuery: the server is done with it, and has committed what was to be committed.
      else if (frame.type === 'Z') freeze();
    }

    const fromClient = createFrameReader({ startsWithoutType: true });
    const fromServer = createFrameReader({ startsWithoutType: false });
    client.on('data', (chunk) => {
      for (const frame of fromClient(chunk)) if (!frozen) takeFromClient(frame);
    });
    upstream.on('data', (chunk) => {
      for (const frame of fromServer(chunk)) if (!frozen) takeFromServer(frame);
    });
    // One side's end is the other's: so the server rolls back and frees the locks of a client that was killed.
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });

  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String((listener.address() as AddressInfo).port);

  return {
    url: url.href,
    watch(stopAt) {
      const { promise: reached, resolve: tellReached } = Promise.withResolvers<void>();
      const watch: CurrentWatch = { steps: [], idle: 0, stopAt: stopAt ?? null, tellReached, stopped: false };
      current = watch;
      return {
        steps: watch.steps,
        get idle() {
          return watch.idle;
        },
        get stopped() {
          return watch.stopped;
        },
        reached,
      };
    },
    release() {
      frozen = false;
      current = null;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}
