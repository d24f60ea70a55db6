import { z } from 'zod';
import type { PushReceived } from './push-received.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const sha = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const digest = /^[0-9a-f]{64}$/;
const timestamp = z.regexes.datetime({ offset: true });

type Json = Readonly<Record<string, unknown>>;

/**
 * Whether the data is a push that its schema would give back just as it is. Pushes are most of every log, and this
 * tells in a third of the time; whatever it is not sure of is left to the schema, which also names what is wrong.
 */
export function isPlainPush(data: unknown): data is PushReceived {
  if (!hasKeys(data, 24)) return false;
  return (
    isUuid(data.pushId) &&
    (data.deliveryId === null || isUuid(data.deliveryId)) &&
    isCount(data.occurrence) &&
    (data.source === 'webhook' || data.source === 'recovery') &&
    isTimestamp(data.receivedAt) &&
    (data.pushedAt === null || isTimestamp(data.pushedAt)) &&
    isText(data.instance) &&
    isRepository(data.repository) &&
    isText(data.nodeId) &&
    isText(data.ref) &&
    (data.refKind === 'branch' || data.refKind === 'tag' || data.refKind === 'other') &&
    isTextOrNull(data.branch) &&
    (data.before === null || isSha(data.before)) &&
    isSha(data.after) &&
    (data.kind === 'updated' ||
      data.kind === 'created' ||
      data.kind === 'rewound' ||
      data.kind === 'deleted') &&
    Array.isArray(data.commits) &&
    data.commits.every(isCommit) &&
    (data.head === null || isCommit(data.head)) &&
    isCount(data.totalCommits) &&
    typeof data.totalIsFloor === 'boolean' &&
    isTextOrNull(data.compareUrl) &&
    (data.pusher === null || isAccount(data.pusher)) &&
    isTextOrNull(data.ignored) &&
    Array.isArray(data.notes) &&
    data.notes.every(isText) &&
    (data.body === null || isSignedBody(data.body))
  );
}

function isCommit(value: unknown): boolean {
  return (
    hasKeys(value, 8) &&
    isSha(value.id) &&
    isText(value.message) &&
    typeof value.messageCut === 'boolean' &&
    isTextOrNull(value.url) &&
    isIdentity(value.author) &&
    isIdentity(value.committer) &&
    (value.authoredAt === null || isTimestamp(value.authoredAt)) &&
    hasKeys(value.files, 3) &&
    isCount(value.files.added) &&
    isCount(value.files.removed) &&
    isCount(value.files.modified)
  );
}

function isIdentity(value: unknown): boolean {
  return hasKeys(value, 3) && isText(value.name) && isText(value.email) && isText(value.username);
}

function isAccount(value: unknown): boolean {
  return (
    hasKeys(value, 3) &&
    (value.id === null || Number.isSafeInteger(value.id)) &&
    isText(value.login) &&
    isText(value.fullName)
  );
}

function isRepository(value: unknown): boolean {
  return (
    hasKeys(value, 5) &&
    Number.isSafeInteger(value.id) &&
    isText(value.owner) &&
    isText(value.name) &&
    isText(value.fullName) &&
    isTextOrNull(value.url)
  );
}

function isSignedBody(value: unknown): boolean {
  return (
    hasKeys(value, 6) &&
    isDigest(value.digest) &&
    isCount(value.size) &&
    typeof value.stored === 'boolean' &&
    (value.contentType === 'json' || value.contentType === 'form') &&
    isDigest(value.signature) &&
    isText(value.secret)
  );
}

/** With no key more than those that are looked at: the schema would leave others out. */
export function hasKeys(value: unknown, count: number): value is Json {
  return typeof value === 'object' && value !== null && Object.keys(value).length === count;
}

export const isText = (value: unknown) => typeof value === 'string';
const isTextOrNull = (value: unknown) => value === null || typeof value === 'string';
const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
const isUuid = (value: unknown) => typeof value === 'string' && uuid.test(value);
const isSha = (value: unknown) => typeof value === 'string' && sha.test(value);
const isDigest = (value: unknown) => typeof value === 'string' && digest.test(value);
export const isTimestamp = (value: unknown) => typeof value === 'string' && timestamp.test(value);
