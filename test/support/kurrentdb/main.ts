import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Manner } from './behaviour.ts';
import { startKurrentServer } from './server.ts';

/**
 * The test server as a process of its own: `node main.ts [--port N] [--data FILE] [--tls] [--user NAME:PASSWORD]`.
 * Says `{"url","port"}` on a line when it is up, then takes commands on stdin and answers each with a line of JSON:
 * `manner NAME`, `delay MS`, `clock MS`, `cut`, `refuse`, `accept`, `end`, `counts`.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    data: { type: 'string' },
    tls: { type: 'boolean' },
    user: { type: 'string' },
  },
});

const server = await startKurrentServer({
  ...(values.port !== undefined && { port: Number(values.port) }),
  ...(values.data !== undefined && { data: values.data }),
  ...(values.tls !== undefined && { tls: values.tls }),
  ...(values.user !== undefined && { user: values.user }),
});
say({ url: server.url, port: server.port });

const commands: Readonly<Record<string, (argument: string) => unknown>> = {
  manner: (name) => {
    server.behaviour.manner = name as Manner;
  },
  delay: (ms) => {
    server.behaviour.delayMs = Number(ms);
  },
  clock: (ms) => {
    server.behaviour.clockOffsetMs = Number(ms);
  },
  cut: () => server.cut(),
  refuse: () => server.refuse(),
  accept: () => server.accept(),
  end: () => server.endSubscriptions(),
  counts: () => ({ ...server.behaviour.counts, records: server.log.records.length }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name = '', argument = ''] = line.trim().split(' ');
  const command = commands[name];
  say(command ? ((await command(argument)) ?? {}) : { error: `there is no command ${name}` });
}
await server.stop();
process.exit();

function say(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
