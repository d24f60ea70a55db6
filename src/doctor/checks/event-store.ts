import { decodeEvent } from '../../events/codec.ts';
import type { LedgerId } from '../../events/ids.ts';
import { streamOf } from '../../events/ids.ts';
import { inTransaction } from '../../postgres/transaction.ts';
import { messageOf } from '../../runtime/errors.ts';
import { allCheckpoints } from '../../subscription/checkpoint.ts';
import { refuseMovedCheckpoints } from '../../subscription/move-checkpoints.ts';
import { checkOf, NotNow } from '../check.ts';
import { type Judgement, ok, wrong } from '../finding.ts';

export interface StoreFacts {
  readonly kind: string;
  readonly head: bigint;
  /** The name of the Gitea server in the log; null where the log has not begun. */
  readonly ledger: { readonly id: string; readonly instance: string } | null;
  /** The configured name of the server; null where none is configured. */
  readonly instance: string | null;
  /** Why the checkpoints do not belong to this log; null where they do. */
  readonly mismatch: string | null;
}

export function judgeStore({ kind, head, ledger, instance, mismatch }: StoreFacts): Judgement[] {
  if (!ledger) return [ok(`${kind} answers; the log is begun by the first start`)];
  const findings: Judgement[] = [];
  if (mismatch !== null) findings.push(wrong(mismatch, 'set EVENT_STORE_URL and DATABASE_URL to one ledger'));
  if (instance !== null && instance !== ledger.instance) {
    findings.push(
      wrong(
        `the log was begun for the server ${ledger.instance}, and PUSHLEDGER_INSTANCE says ${instance}`,
        `every push would get another id: set PUSHLEDGER_INSTANCE=${ledger.instance}, or take it away`,
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(`${kind}, ledger ${ledger.id}, at position ${head}`)];
}

export const eventStore = checkOf(
  'event store',
  'log',
  async (world): Promise<StoreFacts> => {
    const store = await world.store();
    const [head, [stored]] = await Promise.all([store.head(), store.readStreams([streamOf.ledger()])]);
    const created = stored && decodeEvent(stored);
    const ledger =
      created?.type === 'LedgerCreated'
        ? { id: created.id as string, instance: created.data.instance }
        : null;
    const { config } = world;
    return {
      kind: store.kind,
      head,
      ledger,
      instance: config.sources.instance === 'default' ? null : config.instance,
      mismatch: ledger && (await mismatchOf()),
    };

    async function mismatchOf(): Promise<string | null> {
      try {
        const pool = await world.database();
        const checkpoints = await inTransaction(pool, allCheckpoints);
        const log = { ledgerId: (ledger?.id ?? '') as LedgerId, store: store.kind };
        await refuseMovedCheckpoints(store, log, checkpoints);
        return null;
      } catch (error) {
        return error instanceof NotNow ? null : messageOf(error);
      }
    }
  },
  judgeStore,
);
