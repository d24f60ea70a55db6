import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { failure } from './failure.ts';

/** Below the range from which outgoing connections get theirs (Linux from 32768, macOS and Windows from 49152). */
const range = { from: 20_000, to: 32_768 };
const attempts = 50;

/** The preferred port where it is free on 127.0.0.1, else a random one that is. */
export async function choosePort(preferred: number | undefined): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = randomInt(range.from, range.to);
    if (await isFree(port)) return port;
  }
  throw failure(`none of ${attempts} ports tried between ${range.from} and ${range.to} is free`);
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
