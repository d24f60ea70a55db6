import { CodedError } from '../runtime/errors.ts';

export type ContentKind = 'json' | 'form';

/** @throws CodedError UNSUPPORTED_CONTENT_TYPE for anything that Gitea does not send */
export function contentKindOf(
  contentType: string | undefined,
  contentEncoding: string | undefined,
): ContentKind {
  if (contentEncoding !== undefined && contentEncoding !== 'identity') {
    throw new CodedError(
      'UNSUPPORTED_CONTENT_TYPE',
      `content encoding "${contentEncoding}" (send it uncompressed)`,
    );
  }
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === 'application/json') return 'json';
  if (mediaType === 'application/x-www-form-urlencoded') return 'form';
  throw new CodedError(
    'UNSUPPORTED_CONTENT_TYPE',
    `"${contentType ?? ''}" (use application/json, or application/x-www-form-urlencoded with a field "payload")`,
  );
}

/**
 * What Gitea's HMAC was taken over: the body itself, or of a form the decoded field `payload`
 * (Gitea, services/webhook/deliver.go). Empty when the form has no such field.
 */
export function signedBytesOf(body: Buffer, kind: ContentKind): Buffer {
  if (kind === 'json') return body;
  return Buffer.from(new URLSearchParams(body.toString('utf8')).get('payload') ?? '', 'utf8');
}
