import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as it came. */
export interface TriggerRequest {
  readonly key: string | undefined;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  /** Verbatim. */
  readonly text: string;
  readonly body: {
    readonly trigger: string;
    readonly dag: string;
    readonly run: Readonly<Record<string, unknown>> & { readonly push_id: string };
  };
}

/**
 * How it goes wrong. `hang` does nothing; `lose` accepts the run and gives no answer; `cut` breaks the connection before,
 * `cut-after` after the run was accepted; `cut-body` in the middle of a good answer; `endless` answers well and never ends.
 */
export type Misbehaviour =
  | { readonly kind: 'hang' | 'lose' | 'cut' | 'cut-after' | 'cut-body' | 'endless' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface DagEngineDouble {
  readonly url: string;
  readonly port: number;
  /** Every request, in the order in which they came. */
  readonly requests: TriggerRequest[];
  /** The runs that it has accepted: one for each key, however often it was asked. */
  readonly runs: Map<string, TriggerRequest>;
  /** As many requests at once as there ever were. */
  readonly mostAtOnce: number;
  /** What a good answer says. */
  answer: (request: TriggerRequest) => unknown;
  /** Until `behave`, or so many times; those of one repository only, where it is named. */
  misbehave(misbehaviour: Misbehaviour, options?: { times?: number; repository?: string }): void;
  behave(): void;
  close(): Promise<void>;
}

/** A dag_engine over real HTTP that keeps to its `Idempotency-Key`, and can be told to misbehave. */
export async function startDagEngine({ port = 0 } = {}): Promise<DagEngineDouble> {
  let wrong: { misbehaviour: Misbehaviour; left: number; repository?: string } | null = null;
  let atOnce = 0;
  const state = { mostAtOnce: 0 };
  const requests: TriggerRequest[] = [];
  const runs = new Map<string, TriggerRequest>();

  const server = createServer((request, response) => {
    state.mostAtOnce = Math.max(state.mostAtOnce, ++atOnce);
    response.once('close', () => atOnce--);
    handle(request, response).catch(() => response.destroy());
  });

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const verbatim = await text(message);
    const request: TriggerRequest = {
      key: message.headers['idempotency-key'] as string | undefined,
      authorization: message.headers.authorization,
      contentType: message.headers['content-type'],
      text: verbatim,
      body: JSON.parse(verbatim) as TriggerRequest['body'],
    };
    requests.push(request);
    const misbehaviour = next(request);
    switch (misbehaviour?.kind) {
      case undefined:
        return accept(request, response);
      case 'answer': {
        response.writeHead(misbehaviour.status, misbehaviour.headers ?? {}).end(misbehaviour.body ?? '');
        return;
      }
      case 'hang':
        return;
      case 'lose':
        keep(request);
        return;
      case 'cut':
        response.destroy();
        return;
      case 'cut-after':
        keep(request);
        response.destroy();
        return;
      case 'cut-body':
        keep(request);
        response.writeHead(201, { 'content-length': '100' });
        response.write('{"run_id":', () => response.destroy());
        return;
      case 'endless':
        keep(request);
        response.writeHead(201);
        while (response.writable && (await written(response, 'x'.repeat(64 * 1024))));
        return;
    }
  }

  function next(request: TriggerRequest): Misbehaviour | null {
    if (!wrong || wrong.left === 0) return null;
    if (wrong.repository !== undefined && wrong.repository !== request.body.run.repository) return null;
    wrong.left--;
    return wrong.misbehaviour;
  }

  function keep(request: TriggerRequest): TriggerRequest {
    const known = runs.get(request.key ?? '');
    if (!known) runs.set(request.key ?? '', request);
    return known ?? request;
  }

  function accept(request: TriggerRequest, response: ServerResponse): void {
    const answer = double.answer(keep(request));
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  const double: DagEngineDouble = {
    url: `http://127.0.0.1:${address.port}/api/runs`,
    port: address.port,
    requests,
    runs,
    get mostAtOnce() {
      return state.mostAtOnce;
    },
    answer: ({ key }) => ({ run_id: key }),
    misbehave: (misbehaviour, { times = Number.POSITIVE_INFINITY, ...which } = {}) => {
      wrong = { misbehaviour, left: times, ...which };
    },
    behave: () => {
      wrong = null;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return double;
}

/** Whether a chunk went out; the other side may have gone. */
function written(response: ServerResponse, chunk: string): Promise<boolean> {
  return new Promise((resolve) => {
    response.write(chunk, (error) => resolve(!error));
  });
}
