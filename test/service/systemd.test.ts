import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../support/condition.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { useMachine } from '../support/service-process-fixture.ts';

const machine = useMachine();
let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

/** Writes down what it is called with, in place of the program that systemd brings along. */
const standIn = '#!/bin/sh\nprintf "%s\\n" "$*" >> "$(dirname "$0")/told"\n';

test('systemd is told when the service is ready, that it lives, and that it stops', {
  timeout: 60_000,
}, async () => {
  const directory = join(machine.base, 'bin');
  await mkdir(directory);
  await writeFile(join(directory, 'systemd-notify'), standIn);
  await chmod(join(directory, 'systemd-notify'), 0o755);
  const told = async () =>
    (await readFile(join(directory, 'told'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  const service = await machine.serve({
    DATABASE_URL: database.url,
    NOTIFY_SOCKET: join(machine.base, 'notify'),
    WATCHDOG_USEC: '200000',
    PATH: `${directory}:${process.env.PATH}`,
  });
  await until(
    'it gives signs of life',
    async () => (await told()).filter((line) => line === 'WATCHDOG=1').length > 1,
  );
  expect((await told())[0]).toBe(`--ready --status=listening at ${service.address}`);
  expect(await service.end('SIGTERM')).toMatchObject({ status: 0 });
  expect((await told()).filter((line) => line === 'STOPPING=1')).toHaveLength(1);
});

/** A datagram socket as systemd has it: says what comes, and closes the descriptors that a barrier sends. */
const receiver = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True:
    data, fds, _, _ = socket.recv_fds(s, 4096, 8)
    for fd in fds: os.close(fd)
    print(data.decode().replace('\\n', ' '), flush=True)
`;
const real =
  spawnSync('systemd-notify', ['--version']).status === 0 && spawnSync('python3', ['--version']).status === 0;

describe.runIf(real)('with the real systemd-notify', () => {
  test('the datagrams arrive at the socket', { timeout: 60_000 }, async () => {
    const path = join(machine.base, 'notify.sock');
    const socket = spawn('python3', ['-c', receiver, path]);
    let heard = '';
    socket.stdout.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    try {
      await until('the socket is there', () => heard.includes('bound'));
      const service = await machine.serve({
        DATABASE_URL: database.url,
        NOTIFY_SOCKET: path,
        WATCHDOG_USEC: '500000',
      });
      await until('it says that it is ready', () =>
        heard.includes(`READY=1 STATUS=listening at ${service.address}`),
      );
      await until('it gives a sign of life', () => heard.includes('WATCHDOG=1'));
      expect(await service.end('SIGTERM')).toMatchObject({ status: 0 });
      await until('it says that it stops', () => heard.includes('STOPPING=1'));
    } finally {
      socket.kill();
    }
  });
});
