import { type MessagePort, Worker } from 'node:worker_threads';
import type { Position } from '../events/ids.ts';
import { messageOf } from '../runtime/errors.ts';
import type { CheckedPage } from './check-page.ts';
import { type PackedPage, packPage, unpackPage } from './packed-page.ts';
import type { PageChecker, PageOnItsWay, PageRequest } from './page-checker.ts';

/** What a thread answers to each request: first where the page ends, then what is in it; or why there is none. */
type Answer =
  | { readonly is: 'read'; readonly last: Position | null }
  | { readonly is: 'checked'; readonly page: PackedPage }
  | { readonly is: 'failed'; readonly error: unknown };

/**
 * By its own judgement a thread lets more garbage gather before it looks; with half as much it needs two thirds of the
 * memory and no more time. In MiB.
 */
const maxYoungGenerationSizeMb = 32;

/**
 * Checks pages in threads of their own, each with its own connection to the store: to hand the events over would cost
 * as much as to read them.
 *
 * @param options.entry the module of a thread, which calls `serveThread`
 */
export function createThreadedChecker(options: {
  readonly entry: URL;
  readonly workerData: unknown;
  readonly threads: number;
}): PageChecker {
  const threads = Array.from({ length: options.threads }, () =>
    startThread(options.entry, options.workerData),
  );
  return {
    width: threads.length,
    check(request) {
      const thread = threads.toSorted((one, other) => one.waiting() - other.waiting())[0];
      if (!thread) throw new Error('there is no thread');
      return thread.check(request);
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

/** The other side: answers requests one after another, until the thread is ended. */
export function serveThread(port: MessagePort, checker: PageChecker): void {
  let turn = Promise.resolve();
  port.on('message', (request: PageRequest) => {
    turn = turn.then(() => answer(port, checker.check(request)));
  });
}

async function answer(port: MessagePort, { last, checked }: PageOnItsWay): Promise<void> {
  const post = (message: Answer, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  try {
    post({ is: 'read', last: await last });
    const page = await checked;
    post({ is: 'checked', page: packPage(page) }, [page.digests.buffer]);
  } catch (error) {
    // Its own class and causes would not arrive whole.
    post({ is: 'failed', error: new Error(messageOf(error)) });
  }
}

interface Waiting {
  readonly last: PromiseWithResolvers<Position | null>;
  readonly checked: PromiseWithResolvers<CheckedPage>;
}

function startThread(entry: URL, workerData: unknown) {
  const worker = new Worker(entry, { workerData, resourceLimits: { maxYoungGenerationSizeMb } });
  const waiting: Waiting[] = [];
  let ended: unknown = null;
  const fail = ({ last, checked }: Waiting, error: unknown) => {
    last.reject(error);
    checked.reject(error);
  };
  const end = (error: unknown) => {
    ended ??= error;
    for (const each of waiting.splice(0)) fail(each, ended);
  };
  worker.on('message', (message: Answer) => {
    const [first] = waiting;
    if (!first) return;
    switch (message.is) {
      case 'read':
        first.last.resolve(message.last);
        return;
      case 'checked':
        waiting.shift();
        first.checked.resolve(unpackPage(message.page));
        return;
      case 'failed':
        waiting.shift();
        fail(first, message.error);
    }
  });
  worker.on('error', end);
  worker.on('exit', (status) => end(new Error(`a thread ended with status ${status}`)));
  return {
    waiting: () => waiting.length,
    check(request: PageRequest): PageOnItsWay {
      const each = {
        last: Promise.withResolvers<Position | null>(),
        checked: Promise.withResolvers<CheckedPage>(),
      };
      if (ended === null) {
        waiting.push(each);
        worker.postMessage(request);
      } else fail(each, ended);
      return { last: each.last.promise, checked: each.checked.promise };
    },
    close: () => worker.terminate(),
  };
}
