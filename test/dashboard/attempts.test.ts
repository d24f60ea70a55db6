import { describe, expect, it } from 'vitest';
import { createAttempts } from '../../src/dashboard/access/attempts.ts';

const limits = { windowMs: 60_000, perAddress: 3, overall: 5 };

function started() {
  let now = 0;
  const attempts = createAttempts({ now: () => new Date(now) }, limits);
  return {
    attempts,
    pass(ms: number) {
      now += ms;
    },
    fail(address: string, times: number) {
      for (let time = 0; time < times; time++) attempts.failed(address);
    },
  };
}

describe('failed attempts', () => {
  it('of one address close the door to it alone', () => {
    const { attempts, fail } = started();
    fail('a', 3);
    expect(attempts.waitMs('a')).toBe(60_000);
    expect(attempts.waitMs('b')).toBe(0);
  });

  it('of many addresses together close the door to all', () => {
    const { attempts, fail } = started();
    for (const address of ['a', 'b', 'c', 'd', 'e']) fail(address, 1);
    expect(attempts.waitMs('f')).toBe(60_000);
  });

  it('are forgotten one by one', () => {
    const { attempts, fail, pass } = started();
    fail('a', 1);
    pass(10_000);
    fail('a', 2);
    expect(attempts.waitMs('a')).toBe(50_000);
    pass(50_000);
    expect(attempts.waitMs('a')).toBe(0);
    fail('a', 1);
    expect(attempts.waitMs('a')).toBe(10_000);
  });

  it('of which there are ever so many are not all remembered, and close the door as long', () => {
    const { attempts, fail } = started();
    fail('a', 10_000);
    expect(attempts.waitMs('a')).toBe(60_000);
  });
});
