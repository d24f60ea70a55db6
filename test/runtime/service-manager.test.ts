import { setImmediate as turn } from 'node:timers/promises';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { serviceManager, watchdogMs } from '../../src/runtime/service-manager.ts';

function managed(env: Record<string, string>, failing = false) {
  const told: string[] = [];
  const warnings: string[] = [];
  const sleeps: { ms: number; wake: () => void }[] = [];
  const manager = serviceManager({
    env,
    pid: 42,
    clock: {
      now: () => new Date(),
      sleep: (ms, signal) =>
        new Promise((wake, reject) => {
          sleeps.push({ ms, wake });
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    },
    logger: pino({ level: 'warn' }, { write: (line) => void warnings.push(line) }),
    async run(args) {
      told.push(args.join(' '));
      if (failing) throw new Error('spawn systemd-notify ENOENT');
    },
  });
  return { manager, told, warnings, sleeps };
}

const socket = { NOTIFY_SOCKET: '/run/systemd/notify' };

describe('systemd', () => {
  it('is told that the work can begin, gives signs of life half as long as it waits, and is told of the stop', async () => {
    const { manager, told, sleeps } = managed({ ...socket, WATCHDOG_USEC: '60000000', WATCHDOG_PID: '42' });
    await manager.ready('http://127.0.0.1:8080');
    expect(told).toEqual(['--ready --status=listening at http://127.0.0.1:8080']);
    expect(sleeps.map(({ ms }) => ms)).toEqual([30_000]);
    sleeps[0]?.wake();
    await turn();
    expect(told.at(-1)).toBe('WATCHDOG=1');
    manager.stopping();
    await turn();
    expect(told.at(-1)).toBe('STOPPING=1');
    expect(told).toHaveLength(3);
  });

  it('is told nothing where it did not ask', async () => {
    const { manager, told, sleeps } = managed({ WATCHDOG_USEC: '60000000' });
    await manager.ready('x');
    manager.stopping();
    expect([told, sleeps]).toEqual([[], []]);
  });

  it('that cannot be told is warned of once, and the service goes on', async () => {
    const { manager, warnings } = managed(socket, true);
    await manager.ready('x');
    manager.stopping();
    await turn();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('systemd-notify');
  });

  it.each([
    [{ WATCHDOG_USEC: '60000000' }, 30_000],
    [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '42' }, 30_000],
    [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '43' }, null],
    [{ WATCHDOG_USEC: 'soon' }, null],
    [{ WATCHDOG_USEC: '0' }, null],
    [{}, null],
  ])('asks for signs of life with %o: %s', (env, ms) => {
    expect(watchdogMs(env, 42)).toBe(ms);
  });
});
