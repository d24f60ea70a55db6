import { CodedError } from '../runtime/errors.ts';
import { differenceOf } from './difference.ts';
import { createLogDigest } from './digest.ts';
import { inBatches } from './in-batches.ts';
import type { Batch, CopiedEvent, LogSummary, Side, TargetSide } from './side.ts';

/** One after the other: what the target has already is compared, the rest copied, then both are read again. */
export type Phase = 'comparing' | 'copying' | 'verifying';

export interface CopyProgress {
  readonly phase: Phase;
  /** Events of this phase. */
  readonly done: number;
  /** A guess while the source is read; null where there is nothing to guess from. */
  readonly total: number | null;
}

export interface CopyOptions {
  readonly from: Side;
  readonly to: TargetSide;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CopyProgress) => void;
}

export interface CopyResult {
  /** How many events were written now. */
  readonly copied: number;
  readonly from: LogSummary;
  readonly to: LogSummary;
  readonly same: boolean;
}

/**
 * Makes the target hold the source's log: goes on after what it holds already, and reads both again at the end. Only
 * a target that is verified is completed. Needs the memory of a few batches, however long the log is.
 *
 * Events that come into the source while it is copied are copied as far as they came before its end was reached.
 *
 * @throws CodedError COPY_REFUSED when the target holds what is not the beginning of the source's log; nothing was
 *   written then
 * @throws the signal's reason when it aborts; the next call goes on from there
 */
export async function copyLog(options: CopyOptions): Promise<CopyResult> {
  const { from, to, signal } = options;
  const reading = { part: 0 };
  const source = singly(from.read(signal), reading);
  const already = await compare(options, source);
  let copied = 0;
  for await (const events of inBatches(source)) {
    signal.throwIfAborted();
    await to.append(events, signal);
    copied += events.length;
    options.onProgress({ phase: 'copying', done: copied, total: guess(already + copied, reading) - already });
  }
  await to.flush();
  const summaries = await verify(options, already + copied);
  const same = summaries.from.events === summaries.to.events && summaries.from.sha256 === summaries.to.sha256;
  if (same) await to.complete(summaries.to);
  return { copied, ...summaries, same };
}

/** Takes from the source what the target has already, and says how many events that are. */
async function compare(
  { from, to, signal, onProgress }: CopyOptions,
  source: AsyncIterator<CopiedEvent>,
): Promise<number> {
  let events = 0;
  for await (const batch of to.read(signal)) {
    for (const there of batch.events) {
      const here = await source.next();
      if (here.done) throw new CodedError('COPY_REFUSED', longer(from, to, events, there));
      const difference = differenceOf(here.value, there);
      if (difference) {
        throw new CodedError('COPY_REFUSED', another(from, to, events + 1, here.value, there, difference));
      }
      events++;
    }
    onProgress({ phase: 'comparing', done: events, total: null });
  }
  return events;
}

/** Reads both from the beginning. */
async function verify(
  { from, to, signal, onProgress }: CopyOptions,
  total: number,
): Promise<{ from: LogSummary; to: LogSummary }> {
  let furthest = 0;
  const onRead = (events: number) => {
    furthest = Math.max(furthest, events);
    onProgress({ phase: 'verifying', done: furthest, total });
  };
  const [ofSource, ofTarget] = await Promise.all([
    // What has come into the source since is for the next copy.
    summarize(from, signal, onRead, total),
    summarize(to, signal, onRead),
  ]);
  return { from: ofSource, to: ofTarget };
}

async function summarize(
  side: Side,
  signal: AbortSignal,
  onRead: (events: number) => void,
  atMost = Number.POSITIVE_INFINITY,
): Promise<LogSummary> {
  const digest = createLogDigest();
  let events = 0;
  for await (const batch of side.read(signal)) {
    for (const event of batch.events.slice(0, atMost - events)) {
      digest.add(event);
      events++;
    }
    onRead(events);
    if (events >= atMost) break;
  }
  return { events, sha256: digest.end() };
}

/** How many events the source has, from how many are read and how much of it that is. */
function guess(read: number, { part }: { readonly part: number }): number {
  return part > 0 ? Math.max(read, Math.round(read / part)) : read;
}

async function* singly(
  batches: AsyncIterable<Batch>,
  reading: { part: number },
): AsyncGenerator<CopiedEvent, undefined> {
  for await (const batch of batches) {
    reading.part = batch.part;
    yield* batch.events;
  }
}

function longer(from: Side, to: Side, events: number, next: CopiedEvent): string {
  return (
    `${to.name} goes on where ${from.name} ends, after ${events} events, with ${describe(next)}: ` +
    `is --from what --to should be?`
  );
}

function another(
  from: Side,
  to: Side,
  place: number,
  here: CopiedEvent,
  there: CopiedEvent,
  difference: string,
): string {
  if (here.type === 'LedgerCreated' && there.type === 'LedgerCreated' && here.id !== there.id) {
    return (
      `${to.name} holds another ledger (${there.id}) than ${from.name} (${here.id}). ` +
      `Copy to a place that is empty, where no \`serve\` was started yet.`
    );
  }
  return (
    `what ${to.name} holds is not the beginning of ${from.name}. The first difference is event ${place} ` +
    `(${difference}): ${describe(there)} there, ${describe(here)} here.`
  );
}

function describe({ type, stream, id }: CopiedEvent): string {
  return `${type} ${id} in ${stream}`;
}
