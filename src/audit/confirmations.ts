import type { EventStore } from '../event-store/event-store.ts';
import { streamOf } from '../events/ids.ts';
import { auditedData, essentialsOf } from './audited-data.ts';
import type { CheckedItem, CheckedPage } from './check-page.ts';
import { contradictionOf } from './essentials.ts';
import { broken } from './verdict.ts';

/**
 * A confirmation brings the signed bytes of a push that recovery had found. Here that push is looked up, and what makes
 * it this push is compared; the rest recovery may have known less well.
 */
export async function withConfirmations(store: EventStore, page: CheckedPage): Promise<CheckedPage> {
  if (page.items.every(({ type }) => type !== 'PushConfirmed')) return page;
  const items: CheckedItem[] = [];
  for (const item of page.items) items.push(await compared(store, item));
  return { ...page, items };
}

async function compared(store: EventStore, item: CheckedItem): Promise<CheckedItem> {
  const { confirms } = item;
  if (!confirms) return item;
  const [event] = await store.readStreams([streamOf.push(confirms.pushId)]);
  const push = event && auditedData('PushReceived', event);
  if (!push) return { ...item, judgement: broken('the push that it confirms is gone'), confirms: null };
  if (push.source !== 'recovery') {
    return { ...item, judgement: broken('it confirms a push that had a signature'), confirms: null };
  }
  if (!confirms.derived) return item;
  const { ref, after, repositoryId } = essentialsOf(push);
  const contradiction = contradictionOf({ ...confirms.derived, ref, after, repositoryId }, confirms.derived);
  return contradiction === null ? item : { ...item, judgement: broken(contradiction) };
}
