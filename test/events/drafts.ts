import fc, { type Arbitrary } from 'fast-check';
import type { EventType } from '../../src/events/catalogue.ts';
import type { EventDraft } from '../../src/events/event.ts';
import type { DeliveryId, EventId, MessageId, PushId, RunId } from '../../src/events/ids.ts';

/** Text as it comes: any UTF-16 code units, U+0000 and halves of surrogate pairs among them. */
const text = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 34, 92, 0xd83d, 0xdc00)), {
    maxLength: 20,
  })
  .map((units) => String.fromCharCode(...units));

const brand = <T extends string>() => fc.uuid().map((id) => id as T);
const count = fc.nat();
const ordinal = fc.integer({ min: 1, max: 1_000 });
const date = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2100-01-01T00:00:00Z'),
  noInvalidDate: true,
});
const timestamp = fc.oneof(
  date.map((at) => at.toISOString()),
  fc.constant('2026-02-03T04:05:06+05:30'),
);
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const sha = fc.oneof(hex(40), hex(64));
const orNull = <T>(value: Arbitrary<T>) => fc.option(value, { nil: null });

const identity = fc.record({ name: text, email: text, username: text });
const commit = fc.record({
  id: sha,
  message: text,
  messageCut: fc.boolean(),
  url: orNull(text),
  author: identity,
  committer: identity,
  authoredAt: orNull(timestamp),
  files: fc.record({ added: count, removed: count, modified: count }),
});
const signedBody = fc.record({
  digest: hex(64),
  size: count,
  stored: fc.boolean(),
  contentType: fc.constantFrom('json' as const, 'form' as const),
  signature: hex(64),
  secret: text,
});
const repositoryId = fc.integer();
const eventReference = fc.record({ id: brand<EventId>(), stream: text });

const hook = {
  instance: text,
  hookId: repositoryId,
  sequence: count,
  place: fc.oneof(
    fc.record({ kind: fc.constant('repository' as const), repositoryId, owner: text, name: text }),
    fc.record({ kind: fc.constantFrom('organisation' as const, 'user' as const), owner: text }),
    fc.record({ kind: fc.constant('system' as const) }),
  ),
  url: text,
};

const trigger = {
  pushId: brand<PushId>(),
  dag: text,
  instance: text,
  repository: fc.record({ id: repositoryId, fullName: text }),
  ref: text,
  branch: orNull(text),
  before: orNull(text),
  after: text,
  attempts: ordinal,
  startedAt: timestamp,
};

const data: { [T in EventType]: Arbitrary<EventDraft<T>['data']> } = {
  LedgerCreated: fc.record({ createdAt: timestamp, instance: text }),
  PushReceived: fc.record({
    pushId: brand<PushId>(),
    deliveryId: orNull(brand<DeliveryId>()),
    occurrence: count,
    source: fc.constantFrom('webhook' as const, 'recovery' as const),
    receivedAt: timestamp,
    pushedAt: orNull(timestamp),
    instance: text,
    repository: fc.record({ id: repositoryId, owner: text, name: text, fullName: text, url: orNull(text) }),
    nodeId: text,
    ref: text,
    refKind: fc.constantFrom('branch' as const, 'tag' as const, 'other' as const),
    branch: orNull(text),
    before: orNull(sha),
    after: sha,
    kind: fc.constantFrom('created' as const, 'updated' as const, 'rewound' as const, 'deleted' as const),
    commits: fc.array(commit, { maxLength: 3 }),
    head: orNull(commit),
    totalCommits: count,
    totalIsFloor: fc.boolean(),
    compareUrl: orNull(text),
    pusher: orNull(fc.record({ id: orNull(fc.integer()), login: text, fullName: text })),
    ignored: orNull(text),
    notes: fc.array(text, { maxLength: 3 }),
    body: orNull(signedBody),
  }),
  PushRedelivered: fc.record({
    pushId: brand<PushId>(),
    deliveryId: brand<DeliveryId>(),
    receivedAt: timestamp,
    signature: text,
    secret: text,
  }),
  PushConfirmed: fc.record({
    pushId: brand<PushId>(),
    deliveryId: brand<DeliveryId>(),
    receivedAt: timestamp,
    body: signedBody,
  }),
  PushEnriched: fc.record({
    pushId: brand<PushId>(),
    enrichedAt: timestamp,
    commits: fc.array(commit, { maxLength: 3 }),
    totalCommits: orNull(count),
    truncated: fc.boolean(),
    forced: orNull(fc.boolean()),
    notes: fc.array(text, { maxLength: 3 }),
  }),
  RepositoryBaselined: fc.record({
    instance: text,
    repository: fc.record({ id: repositoryId, fullName: text }),
    part: count,
    parts: ordinal,
    heads: fc.dictionary(text, sha, { maxKeys: 3 }),
    feedId: orNull(repositoryId),
    baselinedAt: timestamp,
  }),
  PushesCollapsed: fc.record({
    instance: text,
    repositoryId,
    sequence: count,
    spans: fc.array(
      fc.record({ pushId: brand<PushId>(), ref: text, after: sha, from: timestamp, until: timestamp }),
      { minLength: 1, maxLength: 3 },
    ),
    collapsedAt: timestamp,
  }),
  TestDeliveryReceived: fc.record({
    deliveryId: brand<DeliveryId>(),
    receivedAt: timestamp,
    repository: fc.record({ id: repositoryId, fullName: text }),
    sender: orNull(text),
  }),
  DeliveryRejected: fc.record({
    deliveryId: brand<DeliveryId>(),
    receivedAt: timestamp,
    repository: fc.option(fc.record({ id: fc.integer(), fullName: fc.option(text) })),
    event: text,
    code: text,
    reason: text,
    body: signedBody,
  }),
  NotificationPlanned: fc.record({
    messageId: brand<MessageId>(),
    version: ordinal,
    room: text,
    pushIds: fc.array(brand<PushId>(), { minLength: 1, maxLength: 3 }),
    routes: fc.array(fc.record({ pushId: brand<PushId>(), rooms: fc.array(text, { maxLength: 2 }) }), {
      maxLength: 2,
    }),
    opens: fc.array(fc.record({ instance: text, id: repositoryId }), { maxLength: 2 }),
    enriched: fc.array(brand<PushId>(), { maxLength: 2 }),
    transactionId: text,
    content: fc.record({ msgtype: text, body: text, list: fc.array(orNull(text), { maxLength: 3 }) }),
    plannedAt: timestamp,
  }),
  NotificationSent: fc.record({
    messageId: brand<MessageId>(),
    version: ordinal,
    pushIds: fc.array(brand<PushId>(), { minLength: 1, maxLength: 3 }),
    remoteId: text,
    device: orNull(text),
    attempts: ordinal,
    startedAt: timestamp,
    sentAt: timestamp,
  }),
  NotificationFailed: fc.record({
    messageId: brand<MessageId>(),
    version: ordinal,
    pushIds: fc.array(brand<PushId>(), { minLength: 1, maxLength: 3 }),
    attempts: ordinal,
    reason: text,
    failedAt: timestamp,
  }),
  NotificationRetried: fc.record({
    messageId: brand<MessageId>(),
    version: ordinal,
    pushIds: fc.array(brand<PushId>(), { minLength: 1, maxLength: 3 }),
    failures: ordinal,
    retriedAt: timestamp,
  }),
  HookInstalled: fc.record({
    ...hook,
    change: fc.constantFrom('created', 'changed', 'found'),
    events: fc.array(text, { maxLength: 3 }),
    branchFilter: text,
    secret: orNull(text),
    installedAt: timestamp,
  }),
  HookRemoved: fc.record({
    ...hook,
    change: fc.constantFrom('removed', 'replaced', 'gone'),
    removedAt: timestamp,
  }),
  DagTriggersStarted: fc.record({ startedAt: timestamp }),
  DagTriggered: fc.record({
    ...trigger,
    runId: brand<RunId>(),
    remoteRunId: orNull(text),
    remoteUrl: orNull(text),
    httpStatus: fc.integer({ min: 200, max: 299 }),
    triggeredAt: timestamp,
  }),
  DagTriggerFailed: fc.record({ ...trigger, reason: text, failedAt: timestamp }),
  DagTriggerRetried: fc.record({ pushId: brand<PushId>(), retriedAt: timestamp }),
  LogSealed: fc.record({
    sequence: ordinal,
    count: ordinal,
    first: eventReference,
    last: eventReference,
    previous: orNull(hex(64)),
    hmac: hex(64),
    key: hex(16),
    sealedAt: timestamp,
  }),
};

function draft<T extends EventType>(type: T): Arbitrary<EventDraft> {
  const envelope = fc.record(
    {
      stream: text,
      id: brand<EventId>(),
      correlationId: text,
      causationId: text,
      recordedAt: date,
      timings: fc.record({ verify: fc.nat(), append: fc.float({ min: 0, max: 1_000, noNaN: true }) }),
    },
    { requiredKeys: ['stream', 'id', 'correlationId', 'causationId', 'recordedAt'] },
  );
  // `type` and its data belong together by the table above, which TypeScript cannot follow through the union.
  return fc
    .tuple(envelope, data[type])
    .map(([rest, of]) => ({ ...rest, type, data: of }) as unknown as EventDraft);
}

/** Any event that a writer may state. */
export const anyDraft: Arbitrary<EventDraft> = fc.oneof(
  ...(Object.keys(data) as EventType[]).map((type) => draft(type)),
);
