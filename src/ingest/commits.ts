import { z } from 'zod';
import type { Account, Commit } from '../events/push-received.ts';
import { cleanText, cutText } from '../events/text.ts';
import type { LenientReader } from './lenient.ts';
import { isObject, type Json } from './payload.ts';

const maxMessageBytes = 8 * 1_024;
const maxNameBytes = 256;
const maxUrlBytes = 2_048;
/**
 * All commits of a push together, as JSON. KurrentDB takes 1 MiB an event, and the compressed body, in base64, may
 * need 933 KiB of it.
 */
const maxCommitsBytes = 64 * 1_024;

// Made once: making a schema costs many times what using it does.
const anyString = z.string();
const anyList = z.array(z.unknown());
const anyObject = z.custom<Json>(isObject);
const anyInteger = z.number().int();
const timestamp = z.iso.datetime({ offset: true });
const webAddress = z.url({ protocol: /^https?$/ }).max(maxUrlBytes);
const sha = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/i);

/** A commit of the body in our terms; null when it has no usable id. */
export function readCommit(value: unknown, path: string, reader: LenientReader): Commit | null {
  const raw = reader.read(anyObject, value, path);
  const id = raw && reader.read(sha, raw.id, `${path}.id`);
  if (!raw || !id) return null;
  const message = cutText(
    cleanText(reader.read(anyString, raw.message, `${path}.message`) ?? ''),
    maxMessageBytes,
  );
  return {
    id: id.toLowerCase(),
    message: message.text,
    messageCut: message.cut,
    url: readUrl(raw.url, `${path}.url`, reader),
    author: readIdentity(raw.author, `${path}.author`, reader),
    committer: readIdentity(raw.committer, `${path}.committer`, reader),
    authoredAt: reader.read(timestamp, raw.timestamp, `${path}.timestamp`),
    files: {
      added: countFiles(raw.added, `${path}.added`, reader),
      removed: countFiles(raw.removed, `${path}.removed`, reader),
      modified: countFiles(raw.modified, `${path}.modified`, reader),
    },
  };
}

/** Gitea's list is newest first; ours is oldest first, and where it is too large, the oldest are left out. */
export function readCommits(
  value: unknown,
  reader: LenientReader,
): { commits: Commit[]; listed: number | null } {
  const raw = reader.read(anyList, value, 'commits');
  if (!raw) return { commits: [], listed: null };
  const commits: Commit[] = [];
  let bytes = 0;
  for (const [index, item] of raw.entries()) {
    const commit = readCommit(item, `commits.${index}`, reader);
    if (!commit) continue;
    bytes += Buffer.byteLength(JSON.stringify(commit));
    if (bytes > maxCommitsBytes) break;
    commits.unshift(commit);
  }
  return { commits, listed: raw.length };
}

export function readAccount(value: unknown, path: string, reader: LenientReader): Account | null {
  const raw = reader.read(anyObject, value, path);
  if (!raw) return null;
  const login = reader.read(anyString, raw.login ?? raw.username, `${path}.login`);
  if (!login) return null;
  return {
    id: reader.read(anyInteger, raw.id, `${path}.id`),
    login: shortText(login),
    fullName: shortText(reader.read(anyString, raw.full_name, `${path}.full_name`) ?? ''),
  };
}

/** An absolute address, or null: Gitea's own are absolute, and a page must be able to link to it. */
export function readUrl(value: unknown, path: string, reader: LenientReader): string | null {
  const url = reader.read(webAddress, value, path);
  return url === null ? null : cleanText(url);
}

function readIdentity(value: unknown, path: string, reader: LenientReader): Commit['author'] {
  const raw = reader.read(anyObject, value, path);
  const field = (name: string) =>
    shortText(raw ? (reader.read(anyString, raw[name], `${path}.${name}`) ?? '') : '');
  return { name: field('name'), email: field('email'), username: field('username') };
}

function countFiles(value: unknown, path: string, reader: LenientReader): number {
  return reader.read(anyList, value, path)?.length ?? 0;
}

export function shortText(text: string): string {
  return cutText(cleanText(text), maxNameBytes).text;
}
