import { createHmac, randomUUID } from 'node:crypto';
import { connect } from 'node:net';

/**
 * Sends signed pushes as Gitea does, each a different one, a connection each:
 * `node load.ts <url> <secret> <connections> <milliseconds> <deliveries> <body>`. The requests are made before the
 * clock runs, so that the figure is the server's and not this process's. Prints one line of JSON.
 */
const [url = '', secret = '', connections = '64', milliseconds = '5000', deliveries = '0', template = ''] =
  process.argv.slice(2);
const { hostname, port, pathname } = new URL(url);
const push = JSON.parse(template) as { after: string; repository: object };

const requests = Array.from({ length: Number(deliveries) }, (_, sequence) => requestOf(sequence));
const until = performance.now() + Number(milliseconds);
const latencies: number[] = [];
const statuses: Record<string, number> = {};

function requestOf(sequence: number): Buffer {
  const after = `${push.after.slice(0, 32)}${sequence.toString(16).padStart(8, '0')}`;
  const repository = { ...push.repository, id: 1 + (sequence % 40) };
  const body = JSON.stringify({ ...push, after, repository }, null, 2);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${hostname}`,
    'user-agent: Go-http-client/1.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-gitea-delivery: ${randomUUID()}`,
    'x-gitea-event: push',
    `x-gitea-signature: ${createHmac('sha256', secret).update(body).digest('hex')}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** The status of the answer; the server closes the connection after it. */
function send(request: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', () => resolve(answer.slice(9, 12)));
    socket.write(request);
  });
}

async function connection(): Promise<void> {
  while (performance.now() < until) {
    const request = requests.pop();
    if (!request) throw new Error(`${deliveries} deliveries were too few for ${milliseconds} ms`);
    const started = performance.now();
    const status = await send(request);
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
