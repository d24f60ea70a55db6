import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runAsLeader } from '../../src/postgres/leader.ts';
import { systemClock as clock } from '../../src/runtime/clock.ts';
import { createPostgresLog, type PostgresLog, silent } from '../event-store/support/postgres-log.ts';
import { startTcpProxy } from '../event-store/support/tcp-proxy.ts';
import { until } from '../support/condition.ts';

interface Term {
  readonly process: string;
  readonly signal: AbortSignal;
  ended: boolean;
}

describe('leadership', () => {
  let postgres: PostgresLog;
  let stop: AbortController;
  let terms: Term[];
  let running: Promise<void>[];

  beforeAll(async () => {
    postgres = await createPostgresLog();
  });
  afterAll(() => postgres.close());
  beforeEach(() => {
    stop = new AbortController();
    terms = [];
    running = [];
  });
  afterEach(async () => {
    stop.abort();
    await Promise.all(running);
    await until(
      'that nobody leads',
      async () => (await postgres.connections('pushledger leader work')) === 0,
    );
  });

  /** A process that would lead; its work lasts until its term is over. */
  function candidate(
    process: string,
    options: { databaseUrl?: string; name?: string; signal?: AbortSignal } = {},
  ): void {
    const lead = async (signal: AbortSignal) => {
      const term = { process, signal, ended: false };
      terms.push(term);
      if (!signal.aborted) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      }
      term.ended = true;
    };
    running.push(
      runAsLeader(
        { name: 'work', databaseUrl: postgres.url, clock, logger: silent, signal: stop.signal, ...options },
        lead,
      ),
    );
  }
  const working = () => terms.filter(({ ended }) => !ended).map(({ process }) => process);
  const term = (process: string) =>
    until(`a term of ${process}`, () => terms.find((found) => found.process === process && !found.ended));
  /** Resolves when a candidate has asked for the lock and did not get it. */
  const refused = () =>
    until('a candidate that was refused', async () => {
      const { rowCount } = await postgres.admin.query(
        `select 1 from pg_stat_activity as activity
         where application_name = 'pushledger leader work' and state = 'idle'
           and query like '%pg_try_advisory_lock%'
           and not exists (
             select 1 from pg_locks where pid = activity.pid and locktype = 'advisory' and granted
           )`,
      );
      return (rowCount ?? 0) > 0;
    });

  it('is held by one of two at a time, and goes over when the first stops', async () => {
    const first = new AbortController();
    candidate('first', { signal: AbortSignal.any([first.signal, stop.signal]) });
    await term('first');
    candidate('second');
    await refused();
    expect(working()).toEqual(['first']);
    first.abort();
    await running[0];
    expect(terms[0]?.ended).toBe(true);
    await term('second');
    expect(working()).toEqual(['second']);
  });

  it('of different names is independent', async () => {
    candidate('first');
    candidate('other', { name: 'other work' });
    await term('first');
    await term('other');
  });

  it('goes over when the connection of the first is terminated, whose signal then is aborted', async () => {
    const proxy = await startTcpProxy(postgres.url);
    candidate('first', { databaseUrl: proxy.url });
    const old = await term('first');
    candidate('second');
    await refused();
    proxy.refuse();
    await until('the end of the first term', () => old.ended);
    expect(old.signal.aborted).toBe(true);
    await term('second');
    expect(working()).toEqual(['second']);
    await proxy.close();
  });

  it('comes back to the same process when its connection was terminated and nobody else wants it', async () => {
    candidate('first');
    const old = await term('first');
    expect(await postgres.terminate('pushledger leader work')).toBe(1);
    await until('the end of the first term', () => old.ended);
    const next = await term('first');
    expect(next).not.toBe(old);
    expect(next.signal.aborted).toBe(false);
    expect(working()).toEqual(['first']);
  });

  it('ends when its connection freezes, and the next one starts once the server has let go', async () => {
    const proxy = await startTcpProxy(postgres.url);
    candidate('first', { databaseUrl: proxy.url });
    const old = await term('first');
    proxy.freeze();
    const start = performance.now();
    await until('the end of the frozen term', () => old.ended);
    expect(old.signal.aborted).toBe(true);
    expect(performance.now() - start).toBeLessThan(6_000);
    proxy.refuse();
    candidate('second');
    await term('second');
    expect(working()).toEqual(['second']);
    await proxy.close();
  });

  it('is taken again by work that fails or returns, one term after the other', async () => {
    const ends = [() => Promise.reject(new Error('broken')), () => Promise.resolve()];
    let started = 0;
    let inside = 0;
    const work = async (signal: AbortSignal) => {
      expect(++inside).toBe(1);
      try {
        const end = ends[started++];
        if (end) await end();
        else await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      } finally {
        inside--;
      }
    };
    running.push(
      runAsLeader(
        { name: 'work', databaseUrl: postgres.url, clock, logger: silent, signal: stop.signal },
        work,
      ),
    );
    await until('the third term', () => started === 3);
  });

  it('is not given up before the work has ended, though the signal aborted', async () => {
    let finish: () => void = () => undefined;
    let returned = false;
    let started = false;
    running.push(
      runAsLeader(
        { name: 'work', databaseUrl: postgres.url, clock, logger: silent, signal: stop.signal },
        async () => {
          started = true;
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
        },
      ).then(() => {
        returned = true;
      }),
    );
    await until('the work', () => started);
    stop.abort();
    const other = new AbortController();
    candidate('second', { signal: other.signal });
    await refused();
    expect(returned).toBe(false);
    expect(working()).toEqual([]);
    finish();
    await term('second');
    expect(returned).toBe(true);
    other.abort();
  });
});
