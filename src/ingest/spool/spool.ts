import { z } from 'zod';
import { encodeEntry, type SpooledDelivery, sizeOf } from './entry.ts';
import * as sql from './schema.ts';
import { openSpoolFile, type Prepare, type SpoolFileOptions, type SpoolState } from './spool-file.ts';

export interface SpoolOptions extends SpoolFileOptions {
  /** Most that waits, parked entries included; see `sizeOf`. */
  readonly maxBytes: number;
}

/** An entry as the drainer takes it. `row` is decoded where a row that cannot be read is dealt with. */
export interface WaitingEntry {
  readonly seq: number;
  readonly row: unknown;
}

export interface ListedEntry {
  readonly deliveryId: string;
  readonly repository: string | null;
  readonly event: string;
  readonly receivedAt: string;
  readonly state: 'pending' | 'parked';
  readonly attempts: number;
  /** Of the last failure. */
  readonly reason: string | null;
  /** What it takes of the bound, in bytes. */
  readonly bytes: number;
}

export interface SpoolStatus {
  readonly state: SpoolState;
  /** Null, as the two after it, while the file cannot be read. */
  readonly pending: number | null;
  readonly parked: number | null;
  readonly bytes: number | null;
  /** When the oldest of the pending ones was received, ISO 8601. */
  readonly oldestAt: string | null;
  readonly lastError: string | null;
}

/** The durable queue of deliveries that the event store did not take. All calls may throw SPOOL_UNAVAILABLE. */
export interface Spool {
  /** Resolves when the delivery is on the disk, or was there before. */
  put(entry: SpooledDelivery): Promise<void>;
  /** Repositories of which entries wait, in the order in which they are to be tried. */
  repositories(limit: number): readonly string[];
  /** The oldest waiting entry of a repository after a sequence number. */
  next(repository: string, after: number): WaitingEntry | null;
  /** The sequence number of the last waiting entry of a repository. */
  newest(repository: string): number | null;
  remove(seqs: Iterable<number>): void;
  countAttempt(seq: number, reason: string): void;
  /** Sets an entry aside until a person has looked at it. */
  park(seq: number, reason: string): void;
  /** The parked ones first, then by arrival. */
  list(limit: number): readonly ListedEntry[];
  /** Makes parked entries wait again, and says how many. */
  retry(deliveries: readonly string[] | 'all'): number;
  /** How the last use of the file went. */
  state(): SpoolState;
  /** Never throws. */
  status(): SpoolStatus;
  /** Writes what still waits to be written, and closes the file. */
  close(): void;
}

interface Writing {
  readonly entry: SpooledDelivery;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const seqRow = z.object({ seq: z.number() });
const repositoryRow = z.object({ repository: z.string() });
const bytesRow = z.object({ bytes: z.number() });
const totalsRow = z.object({
  state: z.enum(['pending', 'parked']),
  entries: z.number(),
  bytes: z.number(),
  oldest_at: z.string().nullable(),
});
const listedRow = z.object({
  delivery_id: z.string(),
  full_name: z.string().nullable(),
  event: z.string(),
  received_at: z.string(),
  state: z.enum(['pending', 'parked']),
  attempts: z.number(),
  reason: z.string().nullable(),
  size: z.number(),
});

/** Opens or makes the spool. Never throws: a file that cannot be used is told by `status` and by every call. */
export function openSpool(options: SpoolOptions): Spool {
  const file = openSpoolFile(options);
  let writing: Writing[] = [];

  /** One transaction, and so one fsync, for all that came in since the last one. */
  function writeGroup(): void {
    const group = writing;
    writing = [];
    // `close` was here first.
    if (group.length === 0) return;
    try {
      const refused = file.write((prepare) => group.map(({ entry }) => add(prepare, entry)));
      group.forEach(({ resolve, reject }, index) => {
        const reason = refused[index] ?? null;
        if (reason !== null) reject(file.full(reason));
        else resolve();
      });
    } catch (error) {
      if (group.length === 1) for (const { reject } of group) reject(error);
      // One that is too large for what is left of the disk must not take the small ones with it.
      else for (const one of group) writeAlone(one);
    }
  }

  function writeAlone(one: Writing): void {
    writing.push(one);
    writeGroup();
  }

  /** Why there is no room for the entry within the bound; null when it is there. */
  function add(prepare: Prepare, entry: SpooledDelivery): string | null {
    const { deliveryId, proof } = entry.delivery;
    if (prepare(sql.findEntry).get(deliveryId, proof.digest)) return null;
    const { bytes } = bytesRow.parse(prepare(sql.totalBytes).get());
    if (bytes + sizeOf(entry.delivery) > options.maxBytes) {
      return `${bytes} of ${options.maxBytes} bytes are taken (SPOOL_LIMIT)`;
    }
    prepare(sql.addEntry).run(...encodeEntry(entry));
    return null;
  }

  function readStatus(prepare: Prepare) {
    const totals = prepare(sql.readTotals)
      .all()
      .map((row) => totalsRow.parse(row));
    const entries = (state: string) => totals.find((row) => row.state === state)?.entries ?? 0;
    return {
      pending: entries('pending'),
      parked: entries('parked'),
      bytes: totals.reduce((sum, row) => sum + row.bytes, 0),
      oldestAt: totals[0]?.oldest_at ?? null,
    };
  }

  const spool: Spool = {
    put: (entry) =>
      new Promise((resolve, reject) => {
        writing.push({ entry, resolve, reject });
        if (writing.length === 1) setImmediate(writeGroup);
      }),
    repositories: (limit) =>
      file.read((prepare) =>
        prepare(sql.repositoriesInTurn)
          .all(limit)
          .map((row) => repositoryRow.parse(row).repository),
      ),
    next: (repository, after) =>
      file.read((prepare) => {
        const row = prepare(sql.nextOfRepository).get(repository, after);
        return row === undefined ? null : { seq: seqRow.parse(row).seq, row };
      }),
    newest: (repository) =>
      file.read((prepare) => {
        const row = prepare(sql.newestOfRepository).get(repository);
        return row === undefined ? null : seqRow.parse(row).seq;
      }),
    remove: (seqs) =>
      file.write((prepare) => {
        for (const seq of seqs) prepare(sql.removeEntry).run(seq);
      }),
    countAttempt: (seq, reason) => file.write((prepare) => void prepare(sql.countAttempt).run(reason, seq)),
    park: (seq, reason) => file.write((prepare) => void prepare(sql.parkEntry).run(reason, seq)),
    list: (limit) =>
      file.read((prepare) =>
        prepare(sql.listEntries)
          .all(limit)
          .map((row) => listedEntry(listedRow.parse(row))),
      ),
    retry: (deliveries) =>
      file.write((prepare) => {
        if (deliveries === 'all') return Number(prepare(sql.retryAll).run().changes);
        return deliveries.reduce((sum, id) => sum + Number(prepare(sql.retryOne).run(id).changes), 0);
      }),
    state: () => file.trouble().state,
    status() {
      const unknown = { pending: null, parked: null, bytes: null, oldestAt: null };
      let read: Pick<SpoolStatus, keyof typeof unknown> = unknown;
      try {
        read = file.read(readStatus);
      } catch {
        // What is wrong was logged, and is told below.
      }
      const { state, reason } = file.trouble();
      return { state, ...read, lastError: reason };
    },
    close() {
      writeGroup();
      file.close();
    },
  };
  // Whether the file can be used is to be known at the start, not when it is needed.
  spool.status();
  return spool;
}

function listedEntry(row: z.infer<typeof listedRow>): ListedEntry {
  const {
    delivery_id: deliveryId,
    full_name: repository,
    received_at: receivedAt,
    size: bytes,
    ...rest
  } = row;
  return { deliveryId, repository, receivedAt, bytes, ...rest };
}
