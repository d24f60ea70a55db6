import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type DeliveryId, type PushId, parseDeliveryId } from '../events/ids.ts';
import type { SignedBody } from '../events/push-received.ts';
import { CodedError } from '../runtime/errors.ts';
import { classifyDelivery, type Delivery } from './classify.ts';
import { isObject, type Json, parseBody } from './payload.ts';
import {
  type Recorder,
  recordPush,
  recordRejection,
  recordTestDelivery,
  type SignedDelivery,
} from './record-delivery.ts';
import { type NamedSecret, signatureOf, verifySignature } from './signature.ts';
import { contentKindOf, signedBytesOf } from './signed-bytes.ts';
import { cutText } from './text.ts';

export interface IngestOptions extends Recorder {
  readonly secrets: readonly NamedSecret[];
  readonly instance: string;
  readonly owner: string | null;
  readonly ignoredPushers: readonly string[];
}

/** One request as it came in. */
export interface IncomingDelivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly receivedAt: Date;
  /** How long the request took to arrive, in milliseconds. */
  readonly readMs: number;
}

export type Answer =
  | {
      readonly status: 'accepted' | 'duplicate';
      readonly pushId: PushId;
      readonly deliveryId: DeliveryId;
      readonly ignored?: string;
    }
  | { readonly status: 'test'; readonly deliveryId: DeliveryId }
  | { readonly status: 'ignored'; readonly deliveryId: DeliveryId; readonly reason: string };

/** What the log says of a delivery, beside its answer. */
export interface Received {
  readonly answer: Answer;
  readonly repository: string | null;
}

/** Compressed bytes beyond this are left out, as the smallest limit of a store is 1 MiB in base64. */
const maxCompressedBytes = 700 * 1_024;
/** A rejected delivery is kept for another try, not as proof, and must not fill the log. */
const maxRejectedBytes = 64 * 1_024;
const compress = promisify(gzip);

/**
 * Takes one delivery through all its steps, in the order that decides which error is answered: content type,
 * signature, delivery id, JSON, push. Returns only when the event store has it for good.
 *
 * @throws CodedError with the status and text of the answer
 */
export async function receiveDelivery(options: IngestOptions, incoming: IncomingDelivery): Promise<Received> {
  const verified = verify(options, incoming);
  const compressed = await compress(verified.signed);
  const whole = withinLimit(verified.body, compressed, maxCompressedBytes);
  let body: Json | null = null;
  let delivery: Delivery;
  try {
    body = parseBody(verified.signed);
    delivery = classifyDelivery(verified.event, body, {
      deliveryId: verified.deliveryId,
      receivedAt: incoming.receivedAt,
      signedBody: whole.body,
      instance: options.instance,
      owner: options.owner,
      ignoredPushers: options.ignoredPushers,
    });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const kept = withinLimit(verified.body, compressed, maxRejectedBytes);
    const reason = { event: verified.event, code: error.code, reason: cutText(error.message, 1_000).text };
    await recordRejection(options, signedDelivery(incoming, verified, kept), reason);
    throw new CodedError(error.code, error.detail, { context: { repository: body && repositoryOf(body) } });
  }
  return {
    answer: await record(options, signedDelivery(incoming, verified, whole), body, delivery),
    repository: repositoryOf(body),
  };
}

async function record(
  options: IngestOptions,
  signed: SignedDelivery,
  body: Json,
  delivery: Delivery,
): Promise<Answer> {
  const { deliveryId } = signed;
  switch (delivery.is) {
    case 'ignored':
      return { status: 'ignored', deliveryId, reason: delivery.reason };
    case 'test':
      await recordTestDelivery(options, signed, delivery);
      return { status: 'test', deliveryId };
    case 'push': {
      const facts = { ...delivery.facts, deliveryId, body: signed.body };
      const incomingPush = { facts, repositoryUpdatedAt: updatedAtOf(body) };
      const { status, pushId } = await recordPush(options, incomingPush, signed);
      return { status, pushId, deliveryId, ...(facts.ignored !== null && { ignored: facts.ignored }) };
    }
  }
}

interface VerifiedDelivery {
  readonly deliveryId: DeliveryId;
  readonly event: string;
  readonly signed: Buffer;
  readonly body: SignedBody;
  readonly startedAt: number;
  readonly verifiedAt: number;
}

function verify(options: IngestOptions, { headers, body }: IncomingDelivery): VerifiedDelivery {
  const startedAt = performance.now();
  const contentType = contentKindOf(headers['content-type'], headers['content-encoding']);
  const signed = signedBytesOf(body, contentType);
  const proof = prove(signed, headers, options.secrets);
  const named = headerOf(headers, 'delivery');
  const deliveryId = parseDeliveryId(named);
  if (!deliveryId) throw new CodedError('DELIVERY_ID_INVALID', `X-Gitea-Delivery is "${named ?? ''}"`);
  const digest = createHash('sha256').update(signed).digest('hex');
  return {
    deliveryId,
    event: headerOf(headers, 'event') ?? 'push',
    signed,
    body: { ...proof, contentType, size: signed.length, digest, stored: true },
    startedAt,
    verifiedAt: performance.now(),
  };
}

function signedDelivery(
  incoming: IncomingDelivery,
  verified: VerifiedDelivery,
  kept: { body: SignedBody; compressed: Uint8Array | null },
): SignedDelivery {
  return {
    deliveryId: verified.deliveryId,
    receivedAt: incoming.receivedAt,
    ...kept,
    timings: {
      readMs: rounded(incoming.readMs),
      verifyMs: rounded(verified.verifiedAt - verified.startedAt),
      parseMs: rounded(performance.now() - verified.verifiedAt),
    },
  };
}

function prove(
  signed: Buffer,
  headers: IncomingHttpHeaders,
  secrets: readonly NamedSecret[],
): { signature: string; secret: string } {
  const verification = verifySignature(signed, signatureOf(headers), secrets);
  switch (verification.verdict) {
    case 'verified':
      return { signature: verification.signature, secret: verification.secret };
    case 'missing':
      throw new CodedError('SIGNATURE_MISSING', 'enter the secret in the webhook settings of Gitea');
    case 'wrong':
      throw new CodedError(
        'SIGNATURE_WRONG',
        'compare the secret in the webhook settings of Gitea with ours',
      );
  }
}

/** Headers by Gitea's name; Forgejo and Gogs send the same under theirs. Empty counts as absent. */
function headerOf(headers: IncomingHttpHeaders, name: 'event' | 'delivery'): string | undefined {
  for (const product of ['gitea', 'forgejo', 'gogs', 'github']) {
    const value = headers[`x-${product}-${name}`];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

function withinLimit(
  body: SignedBody,
  compressed: Uint8Array,
  limit: number,
): { body: SignedBody; compressed: Uint8Array | null } {
  const fits = compressed.length <= limit;
  return { body: { ...body, stored: fits }, compressed: fits ? compressed : null };
}

function updatedAtOf(body: Json): Date | null {
  const updatedAt = isObject(body.repository) ? body.repository.updated_at : undefined;
  const date = new Date(typeof updatedAt === 'string' ? updatedAt : Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

function repositoryOf(body: Json): string | null {
  const fullName = isObject(body.repository) ? body.repository.full_name : undefined;
  return typeof fullName === 'string' ? fullName.slice(0, 512) : null;
}

/** To the microsecond: what is finer is noise. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}
