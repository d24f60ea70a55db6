/** What the Gitea double keeps on its disk: what people did, from which all repositories follow, and its hook tasks. */
export type GiteaRecord =
  /** The process began: what was on its way at the end of the one before is never sent again. */
  | { readonly kind: 'began' }
  /** Who and what is there at first. */
  | { readonly kind: 'furnished'; readonly at: number; readonly hookUrl: string; readonly secret: string }
  /** Somebody did what follows from the seed. */
  | { readonly kind: 'acted'; readonly at: number; readonly seed: string }
  /** A hook task, with its body as it is signed. */
  | {
      readonly kind: 'queued';
      readonly id: string;
      readonly hook: number;
      readonly event: string;
      readonly body: string;
    }
  /** It counts as delivered from here on. */
  | { readonly kind: 'sending'; readonly id: string }
  /** `status`: null where there was no answer. */
  | { readonly kind: 'done'; readonly id: string; readonly status: number | null };

/** A delivery as Gitea's disk has it. */
export interface KeptDelivery {
  readonly id: string;
  /** The id of its hook. */
  readonly hook: number;
  readonly event: string;
  readonly body: Buffer;
  /** `lost`: Gitea was killed while it was on its way, and will not send it again by itself. */
  state: 'waiting' | 'sending' | 'done' | 'lost';
  status: number | null;
}

/** The deliveries of a journal, in the order in which they were queued. */
export class KeptDeliveries {
  readonly all: KeptDelivery[] = [];
  readonly #byId = new Map<string, KeptDelivery>();

  add(record: GiteaRecord): void {
    switch (record.kind) {
      case 'began':
        for (const delivery of this.all) if (delivery.state === 'sending') delivery.state = 'lost';
        break;
      case 'queued': {
        const { id, hook, event } = record;
        const body = Buffer.from(record.body);
        const delivery: KeptDelivery = { id, hook, event, body, state: 'waiting', status: null };
        this.all.push(delivery);
        this.#byId.set(id, delivery);
        break;
      }
      case 'sending':
        this.#change(record.id, { state: 'sending' });
        break;
      case 'done':
        this.#change(record.id, { state: 'done', status: record.status });
        break;
      default:
    }
  }

  #change(id: string, change: Partial<KeptDelivery>): void {
    Object.assign(this.#byId.get(id) ?? {}, change);
  }
}
