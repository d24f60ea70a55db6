import { Writable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvLine } from '../../src/audit/export/csv.ts';
import { type ExportOptions, exportPushes } from '../../src/audit/export/export-pushes.ts';
import { columns, type ExportedPush } from '../../src/audit/export/exported-push.ts';
import { formats } from '../../src/audit/export/formats.ts';
import { writeTexts } from '../../src/cli/audit-export.ts';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { decodeEvent, encodeEvent } from '../../src/events/codec.ts';
import { startOfLog } from '../../src/events/ids.ts';
import { createPostgresLog, type PostgresLog } from '../event-store/support/postgres-log.ts';
import { pushOf, pushReceived, testDelivery } from '../support/event-drafts.ts';

/** The cells of RFC 4180, by lines. */
function parseCsv(text: string): string[][] {
  const lines: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/y;
  while (cell.lastIndex < text.length) {
    const [, quoted, plain, end] = cell.exec(text) ?? [];
    if (end === undefined) throw new Error(`no CSV at ${cell.lastIndex}: ${text.slice(cell.lastIndex, 50)}`);
    lines.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') lines.push([]);
  }
  return lines.slice(0, -1);
}

describe('a line of CSV', () => {
  it('is read as it was written, whatever is in it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n', ';', "'", '=', 'é', ' ') });
    fc.assert(
      fc.property(
        fc.array(fc.array(text, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        (lines) => {
          const read = parseCsv(lines.map(csvLine).join(''));
          const expected = lines.map((line) => line.map((cell) => (/^[=\r]/.test(cell) ? `'${cell}` : cell)));
          expect(read).toEqual(expected);
        },
      ),
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])(
    'lets no spreadsheet take %j for a formula',
    (formula) => {
      const [[cell] = []] = parseCsv(csvLine([formula, 'x']));
      expect(cell).toBe(`'${formula}`);
    },
  );

  it('has numbers as numbers, and nothing for null', () => {
    expect(csvLine([-1, null, true])).toBe('-1,,true\r\n');
  });
});

describe('an export', () => {
  let log: PostgresLog;
  let store: EventStore;
  const count = 1_203;
  const at = (index: number) => new Date(Date.UTC(2026, 0, 1) + index * 60_000);
  beforeAll(async () => {
    log = await createPostgresLog();
    store = log.open();
    for (let index = 0; index < count; index++) {
      const push = pushOf(`Change "${index}",\nand =more`, { receivedAt: at(index).toISOString() });
      await store.append(encodeEvent(pushReceived(push)));
      if (index % 100 === 0) await store.append(encodeEvent(testDelivery()));
    }
  });
  afterAll(() => log.close());

  const exported = (options: Partial<ExportOptions> = {}) =>
    exportPushes({ store, format: formats.jsonl, signal: new AbortController().signal, ...options });
  async function textOf(options: Partial<ExportOptions> = {}): Promise<string> {
    const texts: string[] = [];
    for await (const text of exported(options)) texts.push(text);
    return texts.join('');
  }
  const pushesOf = async (options: Partial<ExportOptions> = {}) =>
    (await textOf(options))
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as ExportedPush);

  it('has every push of the log with every fact, in its order', async () => {
    const { events } = await store.readPage(startOfLog, 10_000);
    const pushes = events.map(decodeEvent).filter((event) => event?.type === 'PushReceived');
    const found = await pushesOf();
    expect(found).toHaveLength(count);
    expect(found.map(({ facts }) => facts)).toEqual(pushes.map((push) => push?.data));
    expect(found.map(({ eventId }) => eventId)).toEqual(pushes.map((push) => push?.id));
  });

  it('is of a range of time, its end left out', async () => {
    const found = await pushesOf({ since: at(10), until: at(12) });
    expect(found.map(({ facts }) => facts.receivedAt)).toEqual(
      [at(10), at(11)].map((time) => time.toISOString()),
    );
    expect(await pushesOf({ since: at(count) })).toEqual([]);
  });

  it('has the same pushes as CSV', async () => {
    const [head, ...lines] = parseCsv(await textOf({ format: formats.csv }));
    const found = await pushesOf();
    expect(head).toEqual(Object.keys(columns));
    expect(lines).toHaveLength(count);
    const column = (name: string) => lines.map((line) => line[head?.indexOf(name) ?? -1]);
    expect(column('push_id')).toEqual(found.map(({ facts }) => facts.pushId));
    expect(column('head_message')).toEqual(found.map(({ facts }) => facts.head?.message));
    expect(column('after')).toEqual(found.map(({ facts }) => facts.after));
  });

  it('reads no further than whoever writes can follow', async () => {
    let pages = 0;
    const counted: EventStore = {
      ...store,
      readPage: (after) => {
        pages++;
        return store.readPage(after, 50);
      },
    };
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let written = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        written += chunk.length;
        held.then(() => done());
      },
    });
    const writing = writeTexts(exported({ store: counted }), slow);
    await log.admin.query('select pg_sleep(0)');
    while (written === 0) await log.admin.query('select 1');
    const before = pages;
    for (let turn = 0; turn < 20; turn++) await log.admin.query('select 1');
    expect(pages).toBeLessThanOrEqual(before + 2);
    expect(pages).toBeLessThan(6);
    release();
    await writing;
    expect(written).toBe(Buffer.byteLength(await textOf()));
  });

  it('ends when it is asked to', async () => {
    const reason = new Error('stopped by SIGINT');
    await expect(textOf({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
