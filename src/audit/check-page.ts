import type { WholeEvent } from '../event-store/event-store.ts';
import type { StoredEvent } from '../events/codec.ts';
import { type DeliveryId, derivedDeliveryId, type PushId, pushIdOf, streamOf } from '../events/ids.ts';
import {
  type AuditedContent,
  type AuditedPush,
  type AuditedType,
  auditedContent,
  essentialsOf,
  isBranchDelete,
} from './audited-data.ts';
import { decompressEach } from './decompress.ts';
import { contradictionOf, type DeriveEssentials, type Essentials } from './essentials.ts';
import { digestOfEvent } from './event-digest.ts';
import { proveBody, type VerifyingSecrets } from './prove-body.ts';
import { broken, type Judgement } from './verdict.ts';

/** What of an event is needed to follow the log. */
export type EventReference = Pick<StoredEvent, 'id' | 'stream' | 'position'>;

/** What the events of a page say by themselves. Plain data, as it may come from another thread. */
export interface CheckedPage {
  readonly events: readonly EventReference[];
  /** 32 bytes an event, in their order: see `digestOfEvent`. */
  readonly digests: Uint8Array<ArrayBuffer>;
  /** Of the events that carry proof, in their order. */
  readonly items: readonly CheckedItem[];
}

export interface CheckedItem {
  /** The place in the page. */
  readonly index: number;
  readonly type: AuditedType;
  readonly judgement: Judgement;
  /** Of a push whose data can be read. */
  readonly push: CheckedPush | null;
  /** Of a confirmation: what its bytes say of the push that recovery had found. */
  readonly confirms: { readonly pushId: PushId; readonly derived: Essentials | null } | null;
}

/** What is needed of a push to follow its branch and to find its rows. */
export interface CheckedPush {
  readonly pushId: PushId;
  readonly instance: string;
  readonly repositoryId: number;
  readonly repository: string;
  readonly ref: string;
  readonly refKind: AuditedPush['refKind'];
  readonly before: string | null;
  readonly after: string;
  /** Another one stands for it in the chain of its branch: it came after that had been recovered. */
  readonly isLate: boolean;
}

export interface Checking {
  readonly secrets: VerifyingSecrets;
  readonly derive: DeriveEssentials;
}

/** Everything about a page that takes time and needs nothing but the page. Never throws: what is wrong is a verdict. */
export function checkPage(events: readonly WholeEvent[], checking: Checking): CheckedPage {
  const digests = new Uint8Array(events.length * 32);
  for (const [index, event] of events.entries()) digests.set(digestOfEvent(event), index * 32);
  const references = events.map(({ id, stream, position }) => ({ id, stream, position }));
  return { events: references, digests, items: checkItems(events, checking) };
}

function checkItems(events: readonly WholeEvent[], checking: Checking): CheckedItem[] {
  const audited = events.flatMap((event, index) => {
    const content = auditedContent(event);
    return content ? [{ index, event, content }] : [];
  });
  const compressed = audited.flatMap(({ event, content }) =>
    event.body ? [{ bytes: event.body, size: content.data?.body?.size ?? 0 }] : [],
  );
  const decompressed = decompressEach(compressed);
  return audited.map(({ index, event, content }) => {
    const stored = event.body ? { signed: decompressed.next().value ?? null } : null;
    return { index, ...checkItem(event, content, stored, checking) };
  });
}

type Checked = Omit<CheckedItem, 'index'>;
/** The bytes that an event has, decompressed; see `proveBody`. */
type Stored = Parameters<typeof proveBody>[1];

function checkItem(
  event: WholeEvent,
  content: AuditedContent,
  stored: Stored,
  { secrets, derive }: Checking,
): Checked {
  const { type, data } = content;
  if (!data)
    return { type, judgement: broken('its data does not fit the schema'), push: null, confirms: null };
  switch (type) {
    case 'PushReceived':
      return {
        type,
        judgement: judgePush(event, data, stored, { secrets, derive }),
        push: checkedPush(data),
        confirms: null,
      };
    case 'PushConfirmed': {
      const { judgement, signed } = proveBody(data.body, stored, secrets);
      return {
        type,
        judgement,
        push: null,
        confirms: { pushId: data.pushId, derived: signed && derive(signed, false) },
      };
    }
    case 'DeliveryRejected':
      return { type, judgement: proveBody(data.body, stored, secrets).judgement, push: null, confirms: null };
  }
}

function checkedPush(data: AuditedPush): CheckedPush {
  const { pushId, instance, repository, ref, refKind, before, after } = data;
  return {
    ...{ pushId, instance, ref, refKind, before, after },
    repositoryId: repository.id,
    repository: repository.fullName,
    isLate: data.within !== undefined,
  };
}

function judgePush(
  event: WholeEvent,
  data: AuditedPush,
  stored: Stored,
  { secrets, derive }: Checking,
): Judgement {
  const misnamed = misnamedBecause(event, data);
  if (misnamed !== null) return broken(misnamed);
  if (!data.body) {
    if (stored) return broken('it has signed bytes that its fact does not know');
    return data.source === 'recovery' ? { verdict: 'reconstructed' } : broken('it has no signature');
  }
  const { judgement, signed } = proveBody(data.body, stored, secrets);
  if (!signed) return judgement;
  const contradiction = contradictionOf(essentialsOf(data), derive(signed, isBranchDelete(data)));
  return contradiction === null ? judgement : broken(contradiction);
}

/** The names of a push follow from its facts. */
function misnamedBecause(event: WholeEvent, data: AuditedPush): string | null {
  if (event.stream !== streamOf.push(data.pushId)) return `it names push ${data.pushId}`;
  const { ref, after, instance, repository, occurrence } = data;
  if (pushIdOf({ ref, after, instance, repositoryId: repository.id }, occurrence) !== data.pushId) {
    return 'its push id does not follow from its facts';
  }
  if (data.deliveryId === null || data.deliveryId === event.id || !data.body) return null;
  const derived: string = derivedDeliveryId(data.deliveryId as DeliveryId, data.body.digest);
  return derived === event.id ? null : `it names delivery ${data.deliveryId}`;
}
