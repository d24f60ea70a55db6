import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';

/**
 * Sends signed pushes as Gitea does, each a different one, a connection each:
 * `node load.ts <url> <secret> <connections> <milliseconds> <fixture text>`. Prints one line of JSON.
 */
const [url = '', secret = '', connections = '64', milliseconds = '5000', fixture = ''] =
  process.argv.slice(2);
const template = JSON.parse(fixture) as { after: string; repository: { id: number } };
const until = performance.now() + Number(milliseconds);
const latencies: number[] = [];
const statuses: Record<string, number> = {};
let sequence = 0;

function nextBody(): string {
  const after = (BigInt(`0x${template.after}`) + BigInt(++sequence))
    .toString(16)
    .padStart(40, '0')
    .slice(-40);
  const repository = { ...template.repository, id: 1 + (sequence % 40) };
  return JSON.stringify({ ...template, after, repository }, null, 2);
}

function post(body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        agent: false,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-gitea-delivery': randomUUID(),
          'x-gitea-event': 'push',
          'x-gitea-signature': createHmac('sha256', secret).update(body).digest('hex'),
        },
      },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function connection(): Promise<void> {
  while (performance.now() < until) {
    const body = nextBody();
    const started = performance.now();
    const status = await post(body).catch((error: Error) => error.message);
    latencies.push(performance.now() - started);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
}

const started = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, connection));
const seconds = (performance.now() - started) / 1_000;
latencies.sort((a, b) => a - b);
const quantile = (q: number) =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? 0;
process.stdout.write(
  `${JSON.stringify({ perSecond: latencies.length / seconds, p50: quantile(0.5), p99: quantile(0.99), statuses })}\n`,
);
