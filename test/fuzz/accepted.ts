import { decodeEvent } from '../../src/events/codec.ts';
import type { MessageId, PushId } from '../../src/events/ids.ts';
import { streamOf } from '../../src/events/ids.ts';
import type { Enrichment } from '../../src/notifier/announced-push.ts';
import { contentBytes, contentOf, maxContentBytes } from '../../src/notifier/content.ts';
import { allProjections } from '../../src/projections/all.ts';
import type { LogStore } from './log-store.ts';

const none: Enrichment | null = null;

/** What is wrong with a delivery that was answered 200: an accepted one has to be a push that all of us can take. */
export function acceptedProblem(
  store: LogStore,
  answer: { status?: string; pushId?: string },
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): string | null {
  if (answer.status !== 'accepted' && answer.status !== 'duplicate') return null;
  const stored = store.find(streamOf.push((answer.pushId ?? '') as PushId));
  // The oldest are forgotten, and a redelivery may be one of theirs.
  if (!stored) return answer.status === 'accepted' ? 'accepted, and not in the log' : null;
  const event = decodeEvent(stored);
  if (event?.type !== 'PushReceived') return 'accepted, and the log holds something else';
  const told = bodyProblem(event.data, body, headers);
  if (told !== null && answer.status === 'accepted') return told;
  for (const projection of allProjections) {
    const rows = projection.fold(projection.empty(), [event]);
    for (const [table, list] of rows) {
      if (list.some(isRefused)) return `a row of ${table.name} holds text that Postgres refuses`;
    }
  }
  const content = contentOf({
    messageId: '00000000-0000-5000-8000-000000000000' as MessageId,
    version: 1,
    pushes: [{ push: event.data, enrichment: none }],
    replaces: null,
  });
  if (contentBytes(content) > maxContentBytes) return `a message of ${contentBytes(content)} bytes`;
  return null;
}

/** NUL in any text, and halves of surrogate pairs in JSON. */
function isRefused(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed();
  return typeof value === 'object' && value !== null && Object.values(value).some(isRefused);
}

/** Against a reading of our own, as far as JSON in plain bytes goes. */
function bodyProblem(
  data: { ref: string; before: string | null; after: string; repository: { id: number } },
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): string | null {
  if (!/^application\/json/i.test(headers['content-type'] ?? '') || headers['content-encoding']) return null;
  const told = JSON.parse(body.toString()) as {
    ref?: unknown;
    after?: unknown;
    repository?: { id?: unknown };
  };
  if (typeof told.ref !== 'string') return `accepted without a ref: ${JSON.stringify(told.ref)}`;
  // What no store takes is replaced.
  const ref = told.ref.replaceAll('\0', '\ufffd').toWellFormed();
  if (!data.ref.endsWith(ref.slice(-20))) return `accepted as ${data.ref}, and the body says ${told.ref}`;
  if (told.repository?.id !== data.repository.id)
    return `accepted for repository ${data.repository.id}, and the body says ${String(told.repository?.id)}`;
  // A deleted branch has no commits to compare.
  const isPush = typeof told.after === 'string' && data.before !== null;
  return isPush && String(told.after).toLowerCase() !== data.after
    ? `accepted as ${data.after}, and the body says otherwise`
    : null;
}
