import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Sent } from './request.ts';

export interface Load {
  /** Deliveries a second. */
  readonly rate: number;
  readonly seconds: number;
  /** So many are under way at most. */
  readonly most: number;
  /** Names its deliveries; another name is other pushes. */
  readonly name: string;
}

export interface Outcome {
  readonly sent: readonly Sent[];
  /** What was due while as many as there may be were under way. */
  readonly notSent: number;
}

const processes = 2;
const script = fileURLToPath(new URL('./sender.ts', import.meta.url));

/** Sends from processes of their own. */
export async function sendAtRate(port: number, secret: string, load: Load): Promise<Outcome> {
  const parts = await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      sendFromProcess(port, secret, {
        ...load,
        name: `${load.name} ${index}`,
        rate: load.rate / processes,
        most: Math.ceil(load.most / processes),
      }),
    ),
  );
  return {
    sent: parts.flatMap(({ sent }) => sent),
    notSent: parts.reduce((sum, { notSent }) => sum + notSent, 0),
  };
}

async function sendFromProcess(port: number, secret: string, load: Load): Promise<Outcome> {
  const options = { port, secret, ...load };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  // They would be on other machines: what they take of this one is not the service's to lose.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const ended = once(child, 'close');
  const sent: Sent[] = [];
  let notSent = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line) as Outcome;
    sent.push(...told.sent);
    notSent += told.notSent;
  }
  await ended;
  return { sent, notSent };
}
