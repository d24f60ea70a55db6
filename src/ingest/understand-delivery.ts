import type { IgnoreRules } from '../events/ignore-rules.ts';
import { CodedError } from '../runtime/errors.ts';
import { classifyDelivery, type Delivery } from './classify.ts';
import { isObject, type Json, parseBody } from './payload.ts';
import type { FreshDelivery } from './verify-delivery.ts';

/** How this service reads deliveries. */
export interface Understanding {
  readonly instance: string;
  readonly owner: string | null;
  readonly ignore: IgnoreRules;
}

export interface RepositoryName {
  /** Its id as text, or "" where the body names none: what is kept in order is kept by this. */
  readonly key: string;
  readonly fullName: string | null;
}

/** What a signed delivery says. */
export interface Understood {
  /** `rejected`: signed correctly, but not a valid push; `error` is the answer. */
  readonly content: Delivery | { readonly is: 'rejected'; readonly error: CodedError };
  readonly repository: RepositoryName;
  /** `repository.updated_at` of the body, where it has one. */
  readonly repositoryUpdatedAt: Date | null;
}

/** Reads the signed bytes of a delivery. What they are not is part of the outcome, not an exception. */
export function understandDelivery(
  how: Understanding,
  delivery: Pick<FreshDelivery, 'deliveryId' | 'event' | 'receivedAt' | 'proof' | 'signed'>,
): Understood {
  const { event, signed, proof: signedBody, deliveryId, receivedAt } = delivery;
  let body: Json = {};
  let content: Understood['content'];
  try {
    body = parseBody(signed);
    content = classifyDelivery(event, body, { ...how, deliveryId, receivedAt, signedBody });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    content = { is: 'rejected', error };
  }
  return { content, repository: repositoryOf(body), repositoryUpdatedAt: updatedAtOf(body) };
}

function repositoryOf(body: Json): RepositoryName {
  const { id, full_name: fullName } = isObject(body.repository) ? body.repository : {};
  return {
    key: Number.isSafeInteger(id) ? String(id) : '',
    fullName: typeof fullName === 'string' ? fullName.slice(0, 512) : null,
  };
}

function updatedAtOf(body: Json): Date | null {
  const updatedAt = isObject(body.repository) ? body.repository.updated_at : undefined;
  const date = new Date(typeof updatedAt === 'string' ? updatedAt : Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}
