import { createHmac, randomUUID } from 'node:crypto';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { type StoredHook, targetType } from './hooks.ts';

/** One delivery of a webhook, as Gitea's page "Recent deliveries" has it. */
export interface SentDelivery {
  readonly id: string;
  readonly hook: StoredHook;
  readonly event: string;
  readonly body: Buffer;
  /** Null while it waits, and where there was no answer. */
  status: number | null;
  answer: string;
  /** Why there was no answer; Gitea writes it to its log. */
  error: string | null;
  done: boolean;
}

export interface SenderOptions {
  /** Deliveries at once. Gitea's queue takes up to ten. */
  readonly atOnce?: number;
  /** For dial, request and whole answer, in milliseconds. */
  readonly timeoutMs?: number;
  /** False: a host is refused as ALLOWED_HOST_LIST does. */
  readonly isAllowedHost?: (host: string) => boolean;
  /** A number in [0, 1): which of those that wait is next. */
  readonly random?: () => number;
  /** What Gitea writes to its table of hook tasks, before it goes on. */
  readonly keep?: (delivery: SentDelivery, state: 'queued' | 'sending' | 'done') => void;
}

const maxRedirects = 10;

/**
 * Sends webhooks as Gitea's sender does: one try, redirects followed, connections kept, several at once and not in
 * order. A hook that is gone or inactive when its turn comes sends nothing.
 */
export class WebhookSender {
  readonly deliveries: SentDelivery[] = [];
  readonly #waiting: SentDelivery[] = [];
  readonly #agent: Agent;
  readonly #options: Required<SenderOptions>;
  readonly #isThere: (hook: StoredHook) => boolean;
  #running = 0;
  #paused = false;
  #silent = false;
  #whenIdle: (() => void)[] = [];

  constructor(isThere: (hook: StoredHook) => boolean, options: SenderOptions) {
    this.#isThere = isThere;
    const defaults = { isAllowedHost: () => true, random: seeded(), keep: () => undefined };
    this.#options = { atOnce: 10, timeoutMs: 5_000, ...defaults, ...options };
    this.#agent = new Agent({ keepAlive: true, maxSockets: this.#options.atOnce });
  }

  send(hook: StoredHook, event: string, body: Buffer): SentDelivery {
    const id = randomUUID();
    const delivery = { id, hook, event, body, status: null, answer: '', error: null, done: false };
    if (this.#silent) return delivery;
    this.#options.keep(delivery, 'queued');
    this.deliveries.push(delivery);
    this.#waiting.push(delivery);
    this.#work();
    return delivery;
  }

  /** Nothing is sent for what is done meanwhile: a server that starts again gets to know what it has on its disk. */
  silently(work: () => void): void {
    this.#silent = true;
    work();
    this.#silent = false;
  }

  /**
   * A delivery from before the server was killed. As Gitea does at its start, what was still waiting is sent; what was on its
   * way is not, as a task counts as delivered before it is sent (`populateWebhookSendingQueue`, services/webhook/deliver.go).
   */
  restore(delivery: SentDelivery): void {
    this.deliveries.push(delivery);
    if (!delivery.done) this.#waiting.push(delivery);
    this.#work();
  }

  /** Holds back what is queued, as a server under load does. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#work();
  }

  /** Resolves when nothing waits and nothing is on its way. */
  async idle(): Promise<void> {
    if (this.#running === 0 && this.#waiting.length === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  close(): void {
    this.#waiting.length = 0;
    this.#agent.destroy();
  }

  #work(): void {
    while (!this.#paused && this.#running < this.#options.atOnce && this.#waiting.length > 0) {
      // A queue, of which the first are taken together: out of order, but none waits for ever.
      const index = Math.floor(this.#options.random() * Math.min(this.#waiting.length, this.#options.atOnce));
      const [delivery] = this.#waiting.splice(index, 1);
      if (!delivery) return;
      this.#running++;
      this.#options.keep(delivery, 'sending');
      void this.#deliver(delivery).finally(() => {
        delivery.done = true;
        this.#options.keep(delivery, 'done');
        this.#running--;
        this.#work();
        if (this.#running === 0 && this.#waiting.length === 0) {
          const resolves = this.#whenIdle;
          this.#whenIdle = [];
          for (const resolve of resolves) resolve();
        }
      });
    }
  }

  async #deliver(delivery: SentDelivery): Promise<void> {
    const { hook } = delivery;
    if (!this.#isThere(hook) || !hook.active) {
      delivery.error = 'the hook is gone or inactive';
      return;
    }
    const signal = AbortSignal.timeout(this.#options.timeoutMs);
    const headers = headersOf(delivery);
    let url = hook.config.url ?? '';
    let method = 'POST';
    let body: Buffer | null = bodyOf(delivery);
    try {
      for (let hop = 0; hop <= maxRedirects; hop++) {
        const { hostname } = new URL(url);
        if (!this.#options.isAllowedHost(hostname)) {
          throw new Error(
            `webhook can only call allowed HTTP servers (check ALLOWED_HOST_LIST), deny '${hostname}'`,
          );
        }
        const answer = await this.#exchange(url, method, headers, body, signal);
        const { location } = answer.headers;
        if (answer.status < 300 || answer.status > 308 || answer.status === 304 || !location) {
          delivery.status = answer.status;
          delivery.answer = answer.text;
          return;
        }
        url = new URL(location, url).href;
        // As Go's client: what is moved is fetched, and its answer is the delivery's.
        if (answer.status <= 303) {
          method = 'GET';
          body = null;
        }
      }
      throw new Error('stopped after 10 redirects');
    } catch (error) {
      delivery.error = error instanceof Error ? error.message : String(error);
    }
  }

  #exchange(
    url: string,
    method: string,
    headers: Record<string, string>,
    body: Buffer | null,
    signal: AbortSignal,
  ) {
    return new Promise<{ status: number; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
      const length = body === null ? {} : { 'content-length': String(body.length) };
      const options = { method, headers: { ...headers, ...length }, agent: this.#agent, signal };
      const sent = request(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      });
      sent.on('error', reject);
      sent.end(body ?? undefined);
    });
  }
}

function bodyOf({ hook, body }: SentDelivery): Buffer {
  if (hook.config.content_type !== 'form') return body;
  return Buffer.from(new URLSearchParams({ payload: body.toString() }).toString());
}

/** All of them, also where they are empty: a hook without a secret sends empty signatures. */
function headersOf({ id, hook, event, body }: SentDelivery): Record<string, string> {
  const mac = (algorithm: string) =>
    hook.secret === '' ? '' : createHmac(algorithm, hook.secret).update(body).digest('hex');
  const sha1 = mac('sha1');
  const sha256 = mac('sha256');
  const products = ['gitea', 'gogs', 'github'].flatMap((product) => [
    [`x-${product}-delivery`, id],
    [`x-${product}-event`, event],
    [`x-${product}-event-type`, event],
  ]);
  return {
    'user-agent': 'Go-http-client/1.1',
    'content-type':
      hook.config.content_type === 'form' ? 'application/x-www-form-urlencoded' : 'application/json',
    ...Object.fromEntries(products),
    'x-gitea-signature': sha256,
    'x-gogs-signature': sha256,
    'x-hub-signature': `sha1=${sha1}`,
    'x-hub-signature-256': `sha256=${sha256}`,
    'x-gitea-hook-installation-target-type': targetType(hook.scope),
    ...(hook.authorization_header === '' ? {} : { authorization: hook.authorization_header }),
  };
}

/** The same order in every run (mulberry32). */
function seeded(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
