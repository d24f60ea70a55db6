import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../config/secret.ts';

/** Takes the same time whatever is wrong with the offered one, its length included. */
export function isSameToken(offered: string, expected: Secret): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(offered), digest(expected.reveal()));
}

/** The token of an Authorization header; null where there is none, or one of another kind. */
export function bearerOf(header: string | undefined): string | null {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null;
}
