import { CodedError } from '../../runtime/errors.ts';
import { createLogDigest } from '../digest.ts';
import type { Batch, CopiedEvent, LogSummary } from '../side.ts';
import { parseLine } from './format.ts';
import { readLines } from './lines.ts';

/**
 * The events of a complete file, whose last line is held against them.
 *
 * @throws CodedError COPY_FILE_INVALID
 */
export async function* readCompleteLog(path: string, signal: AbortSignal): AsyncGenerator<Batch> {
  const digest = createLogDigest();
  let events = 0;
  const summary = yield* readEvents(path, undefined, signal, (event) => {
    digest.add(event);
    events++;
  });
  if (!summary) {
    throw new CodedError(
      'COPY_FILE_INVALID',
      `${path} ends without its last line: it was cut off, or is no finished copy`,
    );
  }
  if (summary.events !== events || summary.sha256 !== digest.end()) {
    throw new CodedError(
      'COPY_FILE_INVALID',
      `${path} was changed: its last line tells of ${summary.events} events with SHA-256 ${summary.sha256}`,
    );
  }
}

/** The events in the first `bytes` bytes of a file that is still being written. */
export async function* readBegunLog(path: string, bytes: number, signal: AbortSignal): AsyncGenerator<Batch> {
  yield* readEvents(path, bytes, signal, () => undefined);
}

/** Returns what the last line says, or null when there is none. */
async function* readEvents(
  path: string,
  bytes: number | undefined,
  signal: AbortSignal,
  onEvent: (event: CopiedEvent) => void,
): AsyncGenerator<Batch, LogSummary | null> {
  let begun = false;
  let summary: LogSummary | null = null;
  for await (const { lines, part } of readLines(path, bytes)) {
    signal.throwIfAborted();
    const events: CopiedEvent[] = [];
    for (const text of lines) {
      const line = parseLine(text);
      if ((line.kind === 'header') === begun || summary) {
        throw new CodedError('COPY_FILE_INVALID', `${path} holds its lines in the wrong order`);
      }
      begun = true;
      if (line.kind === 'end') summary = line.summary;
      if (line.kind === 'event') {
        onEvent(line.event);
        events.push(line.event);
      }
    }
    yield { events, part };
  }
  return summary;
}
