import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyLog } from '../../src/store-copy/copy-log.ts';
import { createFileSource } from '../../src/store-copy/file/file-source.ts';
import { openFileTarget } from '../../src/store-copy/file/file-target.ts';
import type { CopiedEvent, Side } from '../../src/store-copy/side.ts';
import { rejection } from '../support/condition.ts';
import { bytesInUse } from '../support/contract-memory.ts';
import { encodedEvents } from '../support/event-drafts.ts';
import { ledgerOf, memorySide } from './support/memory-side.ts';

const never = new AbortController().signal;
let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pushledger-copy-'));
  path = join(directory, 'log.jsonl.gz');
});
afterEach(() => rmSync(directory, { recursive: true }));

async function backUp(from: Side, signal = never, onCopied = (_: number) => {}) {
  const to = await openFileTarget(path);
  try {
    return await copyLog({
      from,
      to,
      signal,
      onProgress: ({ phase, done }) => phase === 'copying' && onCopied(done),
    });
  } finally {
    await to.close();
  }
}

async function restored(): Promise<CopiedEvent[]> {
  const to = memorySide('there');
  const { same } = await copyLog({ from: createFileSource(path), to, signal: never, onProgress: () => {} });
  expect(same).toBe(true);
  return to.log;
}

/** Events of about 1 KiB each, so that a log has many members. */
const largeLog = (count: number) =>
  [...ledgerOf(0), ...encodedEvents(count, 'x'.repeat(800))].map((event) => ({ ...event, body: null }));

describe('a log in a file', () => {
  it('gives back every byte of it', async () => {
    const log = ledgerOf(300);
    const { copied, same, to } = await backUp(memorySide('here', log));
    expect({ copied, same }).toEqual({ copied: 301, same: true });
    const back = await restored();
    expect(back.map(({ body, ...event }) => ({ ...event, body: body && [...body] }))).toEqual(
      log.map(({ stream, id, type, data, metadata, body }) => ({
        ...{ stream, id, type, data, metadata },
        body: body && [...body],
      })),
    );
    // Any program reads it: gzip, and a line of JSON for each event between a first and a last one.
    const lines = gunzipSync(readFileSync(path))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(303);
    expect(lines[0]).toEqual({ pushledger: 'log', version: 1 });
    expect(lines.at(-1)).toEqual({ end: to });
  });

  it('is for its owner alone, and nothing is left beside it', async () => {
    await backUp(memorySide('here', ledgerOf(3)));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.partial`)).toBe(false);
    expect(existsSync(`${path}.progress`)).toBe(false);
  });

  it('is never written over', async () => {
    await backUp(memorySide('here', ledgerOf(3)));
    const before = readFileSync(path);
    expect(await rejection(backUp(memorySide('here', ledgerOf(5))))).toMatchObject({ code: 'COPY_REFUSED' });
    expect(readFileSync(path)).toEqual(before);
  });

  it('has its name only when it is complete, and goes on where it was left', async () => {
    const log = largeLog(6_000);
    const stop = new AbortController();
    const stopped = backUp(memorySide('here', log), stop.signal, (events) => {
      if (events > 4_000) stop.abort(new Error('stopped'));
    });
    expect(await rejection(stopped)).toMatchObject({ message: 'stopped' });
    expect(existsSync(path)).toBe(false);
    expect(statSync(`${path}.partial`).mode & 0o777).toBe(0o600);
    // As a kill leaves it: more than is known of, and cut off somewhere.
    appendFileSync(`${path}.partial`, gzipSync('{"stream":"half of a member').subarray(0, 20));
    const { copied, same } = await backUp(memorySide('here', log));
    expect(same).toBe(true);
    expect(copied).toBeLessThan(4_000);
    expect(await restored()).toHaveLength(6_001);
  });

  it.each([
    ['lost', () => rmSync(`${path}.progress`)],
    ['cut off', () => writeFileSync(`${path}.progress`, '{"byt')],
    ['ahead of the file', () => truncateSync(`${path}.partial`, 10)],
  ])('begins anew when the record of its progress is %s', async (_, spoil) => {
    const log = largeLog(3_000);
    const stop = new AbortController();
    await rejection(
      backUp(memorySide('here', log), stop.signal, (events) => {
        if (events > 2_000) stop.abort(new Error('stopped'));
      }),
    );
    spoil();
    expect(await backUp(memorySide('here', log))).toMatchObject({ copied: 3_001, same: true });
    expect(await restored()).toHaveLength(3_001);
  });

  it('is not gone on with when it was begun from another ledger', async () => {
    const stop = new AbortController();
    await rejection(
      backUp(memorySide('here', largeLog(3_000)), stop.signal, (events) => {
        if (events > 2_000) stop.abort(new Error('stopped'));
      }),
    );
    const error = await rejection(backUp(memorySide('elsewhere', largeLog(3_000))));
    expect(error).toMatchObject({ code: 'COPY_REFUSED' });
    expect(String(error)).toContain(`${path}.partial holds another ledger`);
  });

  const text = () => gunzipSync(readFileSync(path)).toString();
  const rewrite = (changed: string) => writeFileSync(path, gzipSync(changed));
  it.each([
    [
      'is cut off',
      () => truncateSync(path, statSync(path).size - 30),
      /unexpected end|without its last line/,
    ],
    ['lost its last line', () => rewrite(text().replace(/\{"end".*\n/, '')), /without its last line/],
    ['lost an event', () => rewrite(text().replace(/\{"stream".*\n/, '')), /was changed/],
    ['was changed', () => rewrite(text().replace('acme', 'acne')), /was changed/],
    ['ends in the middle of a line', () => rewrite(text().slice(0, -5)), /middle of a line/],
    ['holds something else', () => rewrite('{"hello":1}\n'), /no line of a log/],
    ['is no gzip', () => writeFileSync(path, 'hello'), /incorrect header/],
    ['is empty', () => writeFileSync(path, ''), /unexpected end|without its last line/],
    [
      'comes from the future',
      () => rewrite(text().replace('"version":1', '"version":2')),
      /newer pushledger/,
    ],
    ['is two in one', () => rewrite(text() + text()), /wrong order/],
    ['is missing', () => rmSync(path), /ENOENT/],
  ])('is refused when it %s', async (_, spoil, message) => {
    await backUp(memorySide('here', ledgerOf(20)));
    spoil();
    const to = memorySide('there');
    const from = createFileSource(path);
    const error = await rejection(copyLog({ from, to, signal: never, onProgress: () => {} }));
    expect(error).toMatchObject({ code: 'COPY_FILE_INVALID' });
    expect(String(error)).toMatch(message);
    expect(to.completed).toEqual([]);
  });

  it('is written and read in constant memory', async () => {
    const events = 120_000;
    const [first] = largeLog(0);
    const [template] = encodedEvents(1, 'x'.repeat(1_000));
    if (!first || !template) throw new Error('two events are needed');
    const from: Side = {
      ...memorySide('here'),
      async *read() {
        yield { events: [first], part: 0 };
        for (let nr = 0; nr < events; nr += 100) {
          const batch = Array.from({ length: 100 }, (_, index) => ({
            ...template,
            stream: `${template.stream}-${nr + index}`,
          }));
          yield { events: batch, part: nr / events };
        }
      },
    };
    const atStart = bytesInUse();
    let growth = 0;
    const to = await openFileTarget(path);
    let looks = 0;
    const { copied, same } = await copyLog({
      from,
      to,
      signal: never,
      onProgress() {
        if (looks++ % 100 === 0) growth = Math.max(growth, bytesInUse() - atStart);
      },
    });
    await to.close();
    expect({ copied, same }).toEqual({ copied: events + 1, same: true });
    expect(looks).toBeGreaterThan(500);
    expect(events * template.data.length).toBeGreaterThan(96 * 1024 * 1024);
    // What is on its way through the compressor, which a busy machine leaves behind: 5 to 20 MB, whatever the log's size.
    expect(growth).toBeLessThan(32 * 1024 * 1024);
  });
});
