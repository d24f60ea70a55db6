import { describe, expect, it } from 'vitest';
import { maxMissed } from '../../src/dashboard/live/catch-up.ts';
import { maxTold } from '../../src/dashboard/live/changes.ts';
import { maxWaitingBytes } from '../../src/dashboard/live/viewer.ts';
import { createLiveDouble, createOut } from './support/live-double.ts';

const told = (changes: { pushes: object[]; morePushes: number }[]) =>
  changes.reduce((sum, { pushes, morePushes }) => sum + pushes.length + morePushes, 0);

describe('a viewer', () => {
  it('is told of each push that comes, once', async () => {
    const log = createLiveDouble();
    log.push(3);
    const out = createOut();
    log.join(out);
    await log.pass(500);
    expect(out.events('changes')).toEqual([]);
    log.push(2);
    await log.pass(1_000);
    const [changes, ...more] = out.events('changes');
    expect(more).toEqual([]);
    expect(changes).toMatchObject({ position: '5', morePushes: 0 });
    expect(changes.pushes).toHaveLength(2);
    expect(out.text).toContain('id: 5\nevent: changes\n');
  });

  it('is told of many at once by the newest, and how many more there are', async () => {
    const log = createLiveDouble();
    const out = createOut();
    log.join(out);
    await log.pass(250);
    log.push(300);
    await log.pass(250);
    const [changes] = out.events('changes');
    expect(changes.pushes).toHaveLength(maxTold);
    expect(changes.morePushes).toBe(300 - maxTold);
    expect(changes.pushes[0].after).toBe((300).toString(16).padStart(40, '0'));
  });

  it.each([0, 1, 7, 400])(
    'that comes back at %i goes on there, without a gap and nothing twice',
    async (at) => {
      const log = createLiveDouble();
      log.push(400);
      const out = createOut();
      log.join(out, at);
      await log.pass(500);
      log.push(1);
      await log.pass(500);
      expect(told(out.events('changes'))).toBe(401 - at);
      expect(out.events('reset')).toEqual([]);
    },
  );

  it('that comes back while others watch goes on there too', async () => {
    const log = createLiveDouble();
    const [staying, leaving, back] = [createOut(), createOut(), createOut()];
    log.join(staying);
    log.join(leaving);
    await log.pass(250);
    log.push(2);
    await log.pass(250);
    log.live.leave(leaving as never);
    log.push(3);
    await log.pass(250);
    log.join(back, 2);
    log.push(4);
    await log.pass(500);
    expect(told(back.events('changes'))).toBe(7);
    expect(told(staying.events('changes'))).toBe(9);
  });

  it('that was away for too long is told that there is a gap, and then goes on', async () => {
    const log = createLiveDouble();
    log.push(maxMissed + 600);
    const out = createOut();
    log.join(out, 5);
    await log.pass(500);
    expect(out.events('reset')).toEqual([{ position: String(maxMissed + 600) }]);
    log.push(1);
    await log.pass(500);
    expect(told(out.events('changes'))).toBe(1);
  });

  it('with a place that the log does not have is told that there is a gap', async () => {
    const log = createLiveDouble();
    log.push(3);
    const out = createOut();
    log.join(out, 99);
    await log.pass(500);
    expect(out.events('reset')).toEqual([{ position: '3' }]);
  });

  it('who does not read has little waiting, whatever happens, and finds out that there is a gap', async () => {
    const log = createLiveDouble();
    const [slow, quick] = [createOut(), createOut()];
    log.join(slow);
    log.join(quick);
    await log.pass(250);
    slow.stuck(true);
    for (let round = 0; round < 150; round++) {
      log.push(5);
      await log.pass(250);
    }
    expect(told(quick.events('changes'))).toBe(750);
    const largest = Math.max(...quick.text.split('\n\n').map(({ length }) => length));
    expect(slow.writableLength).toBeLessThan(maxWaitingBytes + largest);
    slow.stuck(false);
    await log.pass(250);
    expect(slow.events('reset')).toHaveLength(1);
    expect(quick.events('reset')).toEqual([]);
  });

  it('who never reads again is let go', async () => {
    const log = createLiveDouble();
    const out = createOut();
    log.join(out);
    await log.pass(250);
    out.stuck(true);
    out.writableLength = maxWaitingBytes;
    await log.pass(61_000);
    expect(out.destroyed).toBe(true);
  });

  it('gets a sign of life, also while the event store is away, and goes on when it is back', async () => {
    const log = createLiveDouble();
    log.push(1);
    const out = createOut();
    log.join(out);
    await log.pass(250);
    log.away(true);
    await log.pass(31_000);
    expect(out.text.match(/^: $/gm)?.length).toBeGreaterThanOrEqual(1);
    log.push(1);
    log.away(false);
    await log.pass(2_000);
    expect(told(out.events('changes'))).toBe(1);
  });

  it('who may no longer read is sent away', async () => {
    const log = createLiveDouble();
    const out = createOut();
    let may = true;
    log.join(out, undefined, async () => may);
    await log.pass(16_000);
    expect(out.ended).toBe(false);
    may = false;
    await log.pass(16_000);
    expect(out.ended).toBe(true);
  });

  it('is told how all stands at once, and again only when that has changed', async () => {
    const log = createLiveDouble();
    const out = createOut();
    log.join(out);
    await log.pass(5_000);
    expect(out.events('status')).toHaveLength(1);
    log.push(1);
    await log.pass(2_000);
    expect(out.events('status').at(-1)).toMatchObject({ head: '1' });
    const late = createOut();
    log.join(late);
    await log.pass(250);
    expect(late.events('status')).toHaveLength(1);
  });
});

it('a hundred viewers read the log as often as one', async () => {
  const readsFor = async (viewers: number) => {
    const log = createLiveDouble();
    for (let viewer = 0; viewer < viewers; viewer++) log.join(createOut());
    await log.pass(5_000);
    return log.reads;
  };
  expect(await readsFor(100)).toBe(await readsFor(1));
});

it('nobody reads the log while nobody watches', async () => {
  const log = createLiveDouble();
  const out = createOut();
  log.join(out);
  await log.pass(1_000);
  log.live.leave(out as never);
  await log.pass(1_000);
  const reads = log.reads;
  await log.pass(10_000);
  expect(log.reads).toBe(reads);
});

it('there are only so many viewers', async () => {
  const log = createLiveDouble();
  for (let viewer = 0; viewer < 500; viewer++) log.join(createOut());
  expect(() => log.join(createOut())).toThrow(expect.objectContaining({ code: 'VIEWERS_FULL' }));
});
