import type { Pool } from 'pg';
import type { EventStore } from '../event-store/event-store.ts';
import { type Position, startOfLog } from '../events/ids.ts';
import type { AuditKey } from './audit-key.ts';
import type { CheckedPage } from './check-page.ts';
import { withConfirmations } from './confirmations.ts';
import { createAuditFold } from './fold-audit.ts';
import type { PageChecker, PageOnItsWay } from './page-checker.ts';
import { recordedAtOf } from './recorded-at.ts';
import type { AuditReport } from './report.ts';
import { openSealBook } from './seal-book.ts';
import { type AuditedPushRow, beginTableAudit } from './table-audit.ts';

export interface VerifyOptions {
  readonly store: EventStore;
  readonly pool: Pool;
  /** The audit key, and earlier ones. */
  readonly keys: readonly AuditKey[];
  readonly checker: PageChecker;
  readonly signal: AbortSignal;
  readonly pageSize?: number;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly events: number;
  /** In [0, 1], by position. */
  readonly done: number;
}

const defaultPageSize = 400;

/**
 * Walks the whole log, as far as it goes now, and proves what can be proven. What is wrong is in the report.
 *
 * @throws CodedError STORE_UNAVAILABLE, or the signal's reason
 */
export async function verifyLog(options: VerifyOptions): Promise<AuditReport> {
  const { store, pool, signal } = options;
  const book = openSealBook(store);
  const fold = createAuditFold(book.from, options.keys);
  // First the tables, then the end of the log: every push that has a row then is on the way.
  const tables = await beginTableAudit(pool, store, fold.addRowFinding);
  const end = await store.head();
  let events = 0;

  for await (const page of checkedPages(options, end)) {
    signal.throwIfAborted();
    await book.prepare(fold.sequence, page.events.length);
    fold.addPage(await withConfirmations(store, page));
    book.forget(fold.sequence - 1);
    await tables.addPushes(pushesOf(page));
    events += page.events.length;
    const position = page.events.at(-1)?.position ?? end;
    options.onProgress?.({ events, done: Number(position) / Math.max(1, Number(end)) });
  }

  const rows = await tables.finish();
  const [unsealed] = fold.tailFirst ? await store.readStreams([fold.tailFirst.stream]) : [];
  return fold.finish(rows, unsealed ? recordedAtOf(unsealed) : null);
}

/** The pages of the log up to a position, in order. While one is handled, the next ones are read and checked. */
async function* checkedPages(
  { checker, pageSize = defaultPageSize }: VerifyOptions,
  end: Position,
): AsyncGenerator<CheckedPage> {
  // A page for each of those who check, and one for each to go on with.
  const maxAhead = 2 * checker.width;
  const ahead: PageOnItsWay[] = [];
  let after: Position | null = startOfLog;
  let asking: Promise<void> | null = null;

  /** Asks for pages until enough are on their way. Each can be asked for when the end of the one before is known. */
  async function ask(): Promise<void> {
    while (after !== null && ahead.length < maxAhead) {
      const page: PageOnItsWay = checker.check({ after, end, limit: pageSize });
      // Whoever waits for the page gets its error; until then it must not count as one that nobody waits for.
      page.checked.catch(() => undefined);
      ahead.push(page);
      after = await page.last.catch(() => null);
    }
  }

  while (after !== null || ahead.length > 0) {
    asking ??= ask().finally(() => {
      asking = null;
    });
    const page = await ahead.shift()?.checked;
    if (!page) await asking;
    else if (page.events.length > 0) yield page;
  }
}

function pushesOf({ events, items }: CheckedPage): AuditedPushRow[] {
  return items.flatMap(({ index, push }) => {
    const event = events[index];
    return push && event ? [{ pushId: push.pushId, eventId: event.id, position: event.position }] : [];
  });
}
