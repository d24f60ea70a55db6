import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fixtureBytes, headersOf } from '../support/delivery.ts';
import { seeded } from '../support/seeded.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { chooseSteps, createOutcomes, type Step, type Target } from './target.ts';

/** So long we wait for a server that may be waiting for us, in milliseconds. Its own patience has tests of its own. */
const waitMs = 500;
/** So long has a server that answered to close the connection, in milliseconds. */
const closeMs = 3_000;
const slowMs = 1_000;
const statuses = new Set([200, 202, 400, 401, 404, 405, 408, 413, 415, 417, 422, 429, 431]);
const body = fixtureBytes('push-force-rewrite');
const smuggled = 'GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n';

interface Exchange {
  method: string;
  path: string;
  version: string;
  headers: [string, string][];
  body: Buffer;
  newline: string;
  /** After the request, on the same connection. */
  behind: Buffer;
  /** Byte-level changes of all of it. */
  changes: string[];
  how: 'at once' | 'in pieces' | 'slowly' | 'and hang up' | 'and reset' | 'half, and reset';
  pieces: number;
}

/** HTTP itself, by the bytes of a connection. */
export function framingTarget(port: number): Target {
  const { outcomes, count } = createOutcomes();

  async function once(steps: readonly Step[]): Promise<string | null> {
    const exchange = made(steps);
    const { answers, tookMs, isClosed } = await talk(port, exchange);
    const seen = answers.map(({ status }) => status).join(', ');
    count(`${exchange.how}: ${seen || 'no answer'}`);
    const odd = answers.find(({ status }) => !statuses.has(status));
    if (odd) return `status ${odd.status}: ${odd.text.slice(0, 300)}`;
    const isPlain = isDelivery(exchange);
    // Whoever sends more than one request there tries to get one past somebody in between.
    if (isPlain && answers.length > 1) return `${answers.length} answers on one connection: ${seen}`;
    if (isPlain && answers.length === 1 && exchange.how === 'at once' && !isClosed)
      return 'the connection was not closed after the answer';
    return tookMs > slowMs ? `slow: it took ${tookMs.toFixed(0)} ms` : null;
  }

  return {
    name: 'framing',
    share: 5,
    atOnce: 64,
    outcomes,
    steps: (chance) =>
      chooseSteps(
        chance,
        [
          [3, 'chunked'],
          [3, 'CL.TE'],
          [3, 'TE.CL'],
          [3, 'TE.TE'],
          [2, 'length'],
          [2, 'pipeline'],
          [2, 'headers'],
          [2, 'line'],
          [2, 'newline'],
          [2, 'expect'],
          [3, 'bytes'],
          [5, 'how'],
          [1, 'no HTTP'],
        ],
        3,
      ),
    async run(steps) {
      let problem = await once(steps);
      for (let again = 0; problem?.startsWith('slow') && again < 3; again++) problem = await once(steps);
      return problem;
    },
    show: (steps) =>
      JSON.stringify({ how: made(steps).how, bytes: bytesOf(made(steps)).toString('latin1') }, null, 1),
    end: async () => [],
  };
}

/** What gets to the hook, or to nothing at all. */
function isDelivery({ method, path, changes }: Exchange): boolean {
  return method === 'POST' && path === '/webhook/gitea' && changes.length === 0;
}

function made(steps: readonly Step[]): Exchange {
  const isPush = seeded(steps[0]?.seed ?? '').percent(10);
  const exchange: Exchange = {
    method: 'POST',
    path: '/webhook/gitea',
    version: 'HTTP/1.1',
    headers: [
      ['host', 'localhost'],
      // Most of them end before the store, so that HTTP is what is worked on.
      ...Object.entries(headersOf({ body, event: isPush ? 'push' : 'create' })),
      ['content-length', String(body.length)],
    ],
    body,
    newline: '\r\n',
    behind: Buffer.alloc(0),
    changes: [],
    how: 'at once',
    pieces: 1,
  };
  for (const { kind, seed } of steps) change(exchange, kind, seed);
  return exchange;
}

function change(exchange: Exchange, kind: string, seed: string): void {
  const chance = seeded(seed);
  const { headers } = exchange;
  const without = (name: string) => {
    exchange.headers = exchange.headers.filter(([known]) => known !== name);
  };
  const chunked = (bytes: Buffer, size: number) =>
    Buffer.concat([
      ...Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => {
        const part = bytes.subarray(index * size, (index + 1) * size);
        const extension = chance.percent(10) ? ';x="y"' : '';
        return Buffer.concat([
          Buffer.from(`${part.length.toString(16)}${extension}\r\n`),
          part,
          Buffer.from('\r\n'),
        ]);
      }),
      Buffer.from(
        chance.pick([
          '0\r\n\r\n',
          '0\r\n\r\n',
          '0\r\nx-trailer: 1\r\n\r\n',
          '0\r\n',
          '-1\r\n\r\n',
          'g\r\n\r\n',
        ]),
      ),
    ]);
  switch (kind) {
    case 'chunked':
      without('content-length');
      exchange.headers.push(['transfer-encoding', 'chunked']);
      exchange.body = chunked(body, chance.pick([7, 100, 1_000, 100_000]));
      break;
    case 'CL.TE':
      headers.push(['transfer-encoding', 'chunked']);
      exchange.body = Buffer.from(`0\r\n\r\n${smuggled}`);
      break;
    case 'TE.CL':
      without('content-length');
      exchange.headers.push(['transfer-encoding', 'chunked'], ['content-length', '4']);
      exchange.body = Buffer.from(`${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`);
      break;
    case 'TE.TE':
      headers.push([
        chance.pick(['transfer-encoding', 'Transfer-Encoding ', 'transfer_encoding', ' transfer-encoding']),
        chance.pick([
          'xchunked',
          'chunked, identity',
          'identity',
          'chunked\t',
          '\x0bchunked',
          'gzip, chunked',
          'chunked, chunked',
        ]),
      ]);
      exchange.behind = Buffer.from(smuggled);
      break;
    case 'length':
      without('content-length');
      for (const value of chance.pick([
        [String(body.length), String(body.length)],
        [String(body.length), '0'],
        ['-1'],
        [`+${body.length}`],
        ['0x10'],
        ['99999999999999999999'],
        [''],
        ['5, 5'],
        [String(body.length - 20)],
        [String(body.length + 20)],
      ] as [string[], ...string[][]])) {
        exchange.headers.push(['content-length', value]);
      }
      break;
    case 'pipeline':
      exchange.behind = Buffer.from(
        chance.pick([smuggled, smuggled.repeat(20), 'POST /webhook/gitea HTTP/1.1\r\n']),
      );
      break;
    case 'headers':
      headers.push(
        chance.pick([
          ['x', 'y'.repeat(20_000)],
          ['x\0y', '1'],
          ['x', 'a\0b'],
          ['x', 'a\r\n b'],
          ['', 'empty'],
          ['host', 'other'],
          ['connection', 'keep-alive, upgrade'],
          ['upgrade', 'h2c'],
          ['content-encoding', 'gzip'],
          ['x-\xff', '\xff'],
        ] as [[string, string], ...[string, string][]]),
      );
      break;
    case 'line':
      exchange.method = chance.pick([
        'POST',
        'post',
        'GET',
        'CONNECT',
        'PRI',
        'M-SEARCH',
        'X'.repeat(100),
        '',
      ]);
      exchange.path = chance.pick([
        '/webhook/gitea',
        'http://other/webhook/gitea',
        '/webhook/gitea/',
        '//webhook/gitea',
        '/webhook/../livez',
        '*',
        '/%',
        '/\xff',
        `/${'a'.repeat(10_000)}`,
      ]);
      exchange.version = chance.pick(['HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.1 ', '']);
      break;
    case 'newline':
      exchange.newline = chance.pick(['\n', '\r', '\r\n', '\n\r']);
      break;
    case 'expect':
      headers.push(['expect', chance.pick(['100-continue', '200-ok', ''])]);
      break;
    case 'bytes':
      exchange.changes.push(seed);
      break;
    case 'how':
      exchange.how = chance.pick(['in pieces', 'slowly', 'and hang up', 'and reset', 'half, and reset']);
      exchange.pieces = chance.integer(2, 30);
      break;
    case 'no HTTP':
      exchange.method = chance.pick([
        '\x16\x03\x01\x02\x00\x01\x00\x01',
        '\0\0\0',
        'SSH-2.0-x\r\n',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      ]);
  }
}

function bytesOf({ method, path, version, headers, newline, body: sent, behind, changes }: Exchange): Buffer {
  const lines = [
    `${method} ${path} ${version}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ];
  let bytes: Buffer = Buffer.concat([Buffer.from(lines.join(newline), 'latin1'), sent, behind]);
  for (const seed of changes) bytes = mutateBytes(bytes, seeded(seed));
  return bytes;
}

interface Talk {
  readonly answers: readonly { status: number; text: string }[];
  readonly tookMs: number;
  readonly isClosed: boolean;
}

/** Until the server closes the connection, or nothing comes for a while. */
async function talk(port: number, exchange: Exchange): Promise<Talk> {
  const bytes = bytesOf(exchange);
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  let isClosed = false;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  void closed.then(() => {
    isClosed = true;
  });
  socket.on('error', () => undefined);
  let answered: () => void = () => undefined;
  const firstAnswer = new Promise<void>((resolve) => {
    answered = resolve;
  });
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    answered();
  });
  const all = exchange.how === 'half, and reset' ? bytes.subarray(0, bytes.length / 2) : bytes;
  const pieces = exchange.how === 'in pieces' || exchange.how === 'slowly' ? exchange.pieces : 1;
  const size = Math.ceil(all.length / pieces);
  for (let from = 0; from < all.length && !isClosed; from += size) {
    socket.write(all.subarray(from, from + size));
    if (exchange.how === 'slowly') await delay(3);
    else if (pieces > 1) await new Promise(setImmediate);
  }
  const began = performance.now();
  if (exchange.how === 'and hang up') socket.end();
  if (exchange.how.endsWith('reset')) socket.resetAndDestroy();
  await within(waitMs, closed, firstAnswer);
  const tookMs = performance.now() - began;
  await within(chunks.length > 0 && isDelivery(exchange) ? closeMs : 20, closed);
  socket.destroy();
  return { answers: answersIn(Buffer.concat(chunks).toString('latin1')), tookMs, isClosed };
}

async function within(ms: number, ...events: readonly Promise<void>[]): Promise<void> {
  const late = new AbortController();
  const timer = delay(ms, undefined, { signal: late.signal }).catch(() => undefined);
  await Promise.race([...events, timer]);
  late.abort();
}

/** 100 Continue is no answer yet. */
function answersIn(text: string): { status: number; text: string }[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)]
    .map((match) => ({ status: Number(match[1]), text: text.slice(match.index) }))
    .filter(({ status }) => status !== 100);
}
