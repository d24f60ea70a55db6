import { z } from 'zod';
import { eventIdSchema } from '../../events/ids.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { CopiedEvent, LogSummary } from '../side.ts';

/**
 * A log in a file: JSON Lines in gzip, of one member or several. First a line that says what it is, then a line for
 * each event, last a line that says how many there were. A file without that last line is not complete.
 */
export const header = { pushledger: 'log', version: 1 } as const;

const headerSchema = z.strictObject({ pushledger: z.literal('log'), version: z.number() });
const base64 = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));
const eventSchema = z.strictObject({
  stream: z.string(),
  id: eventIdSchema,
  type: z.string(),
  data: z.string(),
  metadata: z.string(),
  body: base64.nullable(),
});
const endSchema = z.strictObject({
  end: z.strictObject({ events: z.number().int(), sha256: z.string() }),
});

export type Line =
  | { readonly kind: 'header' }
  | { readonly kind: 'event'; readonly event: CopiedEvent }
  | { readonly kind: 'end'; readonly summary: LogSummary };

export function headerLine(): string {
  return `${JSON.stringify(header)}\n`;
}

export function eventLine({ stream, id, type, data, metadata, body }: CopiedEvent): string {
  const text = body && Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64');
  return `${JSON.stringify({ stream, id, type, data, metadata, body: text })}\n`;
}

export function endLine(summary: LogSummary): string {
  return `${JSON.stringify({ end: summary })}\n`;
}

/** @throws CodedError COPY_FILE_INVALID */
export function parseLine(text: string): Line {
  const json = parseJson(text);
  const event = eventSchema.safeParse(json);
  if (event.success) return { kind: 'event', event: event.data };
  const end = endSchema.safeParse(json);
  if (end.success) return { kind: 'end', summary: end.data.end };
  const head = headerSchema.safeParse(json);
  if (!head.success) throw new CodedError('COPY_FILE_INVALID', `no line of a log: ${text.slice(0, 60)}`);
  if (head.data.version === header.version) return { kind: 'header' };
  throw new CodedError(
    'COPY_FILE_INVALID',
    `it is of version ${head.data.version}, which a newer pushledger reads`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodedError('COPY_FILE_INVALID', `a line is not JSON: ${text.slice(0, 60)}`, { cause });
  }
}
