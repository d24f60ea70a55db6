import { hash } from 'node:crypto';
import { z } from 'zod';

type Brand<T, Name extends string> = T & { readonly __brand: Name };

/** One HTTP request of Gitea: the UUID in `X-Gitea-Delivery`. */
export type DeliveryId = Brand<string, 'DeliveryId'>;
/** What happened to a ref: UUID v5 of (instance, repository.id, ref, after, occurrence). */
export type PushId = Brand<string, 'PushId'>;
export type EventId = Brand<string, 'EventId'>;
export type LedgerId = Brand<string, 'LedgerId'>;
export type MessageId = Brand<string, 'MessageId'>;
/** A run in `data_factory.runs` that is not itself a push: what dag_engine was asked for. */
export type RunId = Brand<string, 'RunId'>;
/** Where an event stands in the log. Grows along the log, but not always by one. */
export type Position = Brand<bigint, 'Position'>;

/** Before the first event. */
export const startOfLog = 0n as Position;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const uuid = z.uuid().transform((text) => text.toLowerCase());
export const deliveryIdSchema = uuid.transform((text) => text as DeliveryId);
export const pushIdSchema = uuid.transform((text) => text as PushId);
export const eventIdSchema = uuid.transform((text) => text as EventId);
export const messageIdSchema = uuid.transform((text) => text as MessageId);
export const runIdSchema = uuid.transform((text) => text as RunId);

/** Null for anything that is not a UUID. Gitea sends lower case; others may not. */
export function parseDeliveryId(text: string | undefined): DeliveryId | null {
  return text !== undefined && uuidPattern.test(text) ? (text.toLowerCase() as DeliveryId) : null;
}

// Made once with a random UUID. Changing it would give every known push another id.
const namespace = Buffer.from('8f0b5c1e6a434c0d9d0e2b7f6c1a9e54', 'hex');

/** UUID v5 of a list of values. JSON keeps ("a", "bc") and ("ab", "c") apart. */
function idOf(kind: string, ...parts: readonly (string | number)[]): string {
  return uuidV5(JSON.stringify([kind, ...parts]));
}

/**
 * RFC 9562, 5.5: SHA-1 over namespace and name, with version and variant set. Our own, as a rebuild makes three a push:
 * the one-shot hash takes a fifth of the time of the package `uuid`, with which a test compares it.
 */
function uuidV5(name: string): string {
  const hex = hash('sha1', Buffer.concat([namespace, Buffer.from(name)]), 'hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export interface PushKey {
  /** The configured name of the Gitea server; never taken from a body. */
  readonly instance: string;
  readonly repositoryId: number;
  readonly ref: string;
  readonly after: string;
}

/** @param occurrence how often the same ref went to the same commit before (0 for the first time) */
export function pushIdOf(key: PushKey, occurrence: number): PushId {
  return idOf('push', key.instance, key.repositoryId, key.ref, key.after, occurrence) as PushId;
}

/** The id of an event that follows from its stream alone: writing it again is the same write. */
export function eventIdOfStream(stream: string): EventId {
  return idOf('event', stream) as EventId;
}

/** Stands in for a delivery id that was already used for other bytes. */
export function derivedDeliveryId(deliveryId: DeliveryId, digest: string): DeliveryId {
  return idOf('delivery', deliveryId, digest) as DeliveryId;
}

export function messageIdOf(roomId: string, firstPushId: PushId): MessageId {
  return idOf('message', roomId, firstPushId) as MessageId;
}

/** The run that a push asks dag_engine for: its Idempotency-Key, the same in every attempt. */
export function dagRunIdOf(pushId: PushId): RunId {
  return idOf('dag run', pushId) as RunId;
}

/** Functions that a push calls once. Never change a number: the ids of calls are made of it. */
const onceAPush: Readonly<Record<string, string>> = {
  'ingest.receive': '01',
  'event_store.append': '02',
  'data_factory.record': '03',
};

/**
 * The steps that every push goes through take an id from the push's own, by a UUID of version 8 (RFC 9562, 5.8) with
 * the step in its last byte: a hash for each of them was a tenth of what a rebuild costs.
 *
 * @param discriminator tells the calls of one function in one trace apart
 */
export function callIdOf(pushId: string, functionName: string, discriminator = ''): string {
  const step = discriminator === '' ? onceAPush[functionName] : undefined;
  if (step !== undefined) return `${pushId.slice(0, 14)}8${pushId.slice(15, 34)}${step}`;
  return idOf('call', pushId, functionName, discriminator);
}

/** Streams of the design's table. Each holds exactly one event. */
export const streamOf = {
  ledger: () => 'pushledger.ledger-0',
  push: (id: PushId) => `pushledger.push-${id}`,
  redelivery: (id: DeliveryId) => `pushledger.redelivery-${id}`,
  confirmation: (id: PushId) => `pushledger.confirmation-${id}`,
  enrichment: (id: PushId) => `pushledger.enrichment-${id}`,
  testDelivery: (id: DeliveryId) => `pushledger.test-${id}`,
  rejection: (id: DeliveryId) => `pushledger.rejection-${id}`,
  notification: (id: MessageId, version: number) => `pushledger.notification-${id}.${version}`,
  notificationSent: (id: MessageId, version: number) => `pushledger.notification-${id}.${version}.sent`,
  notificationFailed: (id: MessageId, version: number, attempt: number) =>
    `pushledger.notification-${id}.${version}.failed.${attempt}`,
  /** @param failures how often the message was parked: one retry for each time */
  notificationRetried: (id: MessageId, version: number, failures: number) =>
    `pushledger.notification-${id}.${version}.retry.${failures}`,
  dagStart: () => 'pushledger.dag-start-0',
  dag: (id: PushId) => `pushledger.dag-${id}`,
  dagFailed: (id: PushId, ordinal: number) => `pushledger.dag-${id}.failed.${ordinal}`,
  dagRetried: (id: PushId, ordinal: number) => `pushledger.dag-${id}.retried.${ordinal}`,
  /** @param sequence from 0: the how many-th event of the hook */
  hook: (hookId: number, sequence: number) => `pushledger.hook-${hookId}.${sequence}`,
  /** @param part 0 is written last: with it the baseline is complete */
  baseline: (repositoryId: number, part: number) =>
    `pushledger.baseline-${repositoryId}${part === 0 ? '' : `.${part}`}`,
  collapsed: (repository: { instance: string; repositoryId: number }, sequence: number) =>
    `pushledger.collapsed-${idOf('collapsed', repository.instance, repository.repositoryId)}.${sequence}`,
  seal: (sequence: number) => `pushledger.seal-${sequence}`,
} as const;
