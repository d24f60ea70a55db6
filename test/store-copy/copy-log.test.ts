import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventId } from '../../src/events/ids.ts';
import { type CopyProgress, copyLog } from '../../src/store-copy/copy-log.ts';
import type { CopiedEvent, Side, TargetSide } from '../../src/store-copy/side.ts';
import { rejection } from '../support/condition.ts';
import { ledgerOf, memorySide } from './support/memory-side.ts';

const never = new AbortController().signal;

function copy(
  from: Side,
  to: TargetSide,
  signal = never,
  onProgress: (progress: CopyProgress) => void = () => {},
) {
  return copyLog({ from, to, signal, onProgress });
}

describe('copying a log', () => {
  it.each([0, 1, 128, 129, 500])('gives a copy of %i events, verified and completed', async (count) => {
    const from = memorySide('here', count === 0 ? [] : ledgerOf(count - 1));
    const to = memorySide('there');
    const result = await copy(from, to);
    expect(to.log).toEqual(from.log);
    expect(result).toMatchObject({ copied: count, same: true, from: { events: count } });
    expect(result.to).toEqual(result.from);
    expect(to.completed).toEqual([result.to]);
  });

  it('goes on after what is there already, wherever that ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(300), fc.nat(300), async (length, held) => {
        const log = ledgerOf(length);
        const to = memorySide('there', log.slice(0, Math.min(held, log.length)));
        const before = to.log.length;
        const result = await copy(memorySide('here', log), to);
        expect(result).toMatchObject({ copied: log.length - before, same: true });
        expect(to.log).toEqual(log);
      }),
      { numRuns: 50 },
    );
  });

  it('takes what came into the source since the last copy', async () => {
    const from = memorySide('here', ledgerOf(10));
    const to = memorySide('there');
    await copy(from, to);
    from.log.push(...ledgerOf(5).slice(1));
    expect(await copy(from, to)).toMatchObject({ copied: 5, same: true, to: { events: 16 } });
  });

  it('leaves for the next copy what comes while both are read again', async () => {
    const log = ledgerOf(20);
    const from = memorySide('here', log);
    const growing: Side = {
      ...from,
      async *read(signal) {
        yield* from.read(signal);
        from.log.push(...ledgerOf(1).slice(1));
      },
    };
    const to = memorySide('there');
    expect(await copy(growing, to)).toMatchObject({ copied: 21, same: true });
    expect(to.log).toEqual(log);
  });

  it('refuses a place with another ledger, and writes nothing there', async () => {
    const [here, there] = [ledgerOf(3), ledgerOf(2)];
    const to = memorySide('there', there);
    const error = await rejection(copy(memorySide('here', here), to));
    expect(error).toMatchObject({ code: 'COPY_REFUSED' });
    for (const part of ['another ledger', String(here[0]?.id), String(there[0]?.id)]) {
      expect(String(error)).toContain(part);
    }
    expect(to.log).toEqual(there);
  });

  it('refuses a place that has more than the source', async () => {
    const log = ledgerOf(9);
    const to = memorySide('there', log);
    const error = await rejection(copy(memorySide('here', log.slice(0, 6)), to));
    expect(error).toMatchObject({ code: 'COPY_REFUSED' });
    expect(String(error)).toContain(`after 6 events, with TestDeliveryReceived ${log[6]?.id}`);
    expect(to.completed).toEqual([]);
  });

  it.each<[string, (event: CopiedEvent) => CopiedEvent]>([
    ['stream', (event) => ({ ...event, stream: 'pushledger.test-other' })],
    ['id', (event) => ({ ...event, id: randomUUID() as EventId })],
    ['type', (event) => ({ ...event, type: 'Other' })],
    ['data', (event) => ({ ...event, data: `${event.data} ` })],
    ['metadata', (event) => ({ ...event, metadata: `${event.metadata} ` })],
    ['body', (event) => ({ ...event, body: event.body ? null : new Uint8Array(0) })],
  ])('refuses a place in which the %s of one event differs, and names that event', async (field, change) => {
    const log = ledgerOf(40);
    const to = memorySide(
      'there',
      log.slice(0, 30).map((event, index) => (index >= 16 ? change(event) : event)),
    );
    const error = await rejection(copy(memorySide('here', log), to));
    expect(error).toMatchObject({ code: 'COPY_REFUSED' });
    expect(String(error)).toContain(`The first difference is event 17 (${field})`);
    expect(to.log).toHaveLength(30);
  });

  it.each<[string, (log: CopiedEvent[]) => void]>([
    ['swaps two events', (log) => log.splice(4, 2, ...log.slice(4, 6).reverse())],
    ['loses an event', (log) => log.splice(4, 1)],
    ['cuts a body', (log) => log.splice(4, 1, ...log.slice(4, 5).map((event) => ({ ...event, body: null })))],
    ['gets one more', (log) => log.push(...ledgerOf(1).slice(1))],
  ])('finds at the end that a place %s, and does not complete it', async (_, spoil) => {
    const to = memorySide('there');
    const spoiled: TargetSide = { ...to, flush: async () => spoil(to.log) };
    const result = await copy(memorySide('here', ledgerOf(8)), spoiled);
    expect(result.same).toBe(false);
    expect(result.to).not.toEqual(result.from);
    expect(to.completed).toEqual([]);
  });

  it('ends when it is told to, and goes on later', async () => {
    const log = ledgerOf(1_000);
    const to = memorySide('there');
    const stop = new AbortController();
    const stopped = copy(memorySide('here', log), to, stop.signal, ({ phase, done }) => {
      if (phase === 'copying' && done >= 300) stop.abort(new Error('stopped'));
    });
    expect(await rejection(stopped)).toMatchObject({ message: 'stopped' });
    expect(to.log.length).toBeLessThan(log.length);
    expect(to.completed).toEqual([]);
    const held = to.log.length;
    expect(held).toBeGreaterThan(0);
    expect(await copy(memorySide('here', log), to)).toMatchObject({ copied: 1_001 - held, same: true });
  });

  it('tells how far it is, in each phase up to the whole', async () => {
    const log = ledgerOf(299);
    const told: CopyProgress[] = [];
    await copy(memorySide('here', log), memorySide('there', log.slice(0, 100)), never, (progress) =>
      told.push(progress),
    );
    const last = (phase: string) => told.findLast((progress) => progress.phase === phase);
    expect(last('comparing')).toEqual({ phase: 'comparing', done: 100, total: null });
    expect(last('copying')).toEqual({ phase: 'copying', done: 200, total: 200 });
    expect(last('verifying')).toEqual({ phase: 'verifying', done: 300, total: 300 });
    for (const { total } of told.filter(({ phase }) => phase === 'copying')) {
      expect(Math.abs((total ?? 0) - 200)).toBeLessThanOrEqual(7);
    }
  });
});
