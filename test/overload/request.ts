import { createHash, createHmac, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { fixture } from '../support/delivery.ts';

export interface Delivery {
  readonly deliveryId: string;
  readonly bytes: Buffer;
}

export interface Sent {
  readonly deliveryId: string;
  /** Null: there was no answer. */
  readonly status: number | null;
  readonly hasRetryAfter: boolean;
  readonly ms: number;
}

const template = fixture('push-force-rewrite');

/** A push of its own, in one of many repositories, with all of its request. */
export function deliveryOf(label: string, secret: string, repositories = 40): Delivery {
  const digest = createHash('sha1').update(label).digest();
  const id = 1 + (digest.readUInt32BE() % repositories);
  const body = JSON.stringify(
    {
      ...template,
      after: digest.toString('hex'),
      repository: { ...template.repository, id, name: `widgets-${id}`, full_name: `acme/widgets-${id}` },
    },
    null,
    2,
  );
  return requestOf(Buffer.from(body), secret);
}

/** A body under a fresh delivery id. */
export function requestOf(body: Buffer, secret: string): Delivery {
  const deliveryId = randomUUID();
  const head = [
    'POST /webhook/gitea HTTP/1.1',
    'host: localhost',
    'content-type: application/json',
    `content-length: ${body.length}`,
    `x-gitea-delivery: ${deliveryId}`,
    'x-gitea-event: push',
    `x-gitea-signature: ${createHmac('sha256', secret).update(body).digest('hex')}`,
  ];
  return { deliveryId, bytes: Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]) };
}

/** As Gitea: a connection of its own, and five seconds for all of it. */
export function send(port: number, { deliveryId, bytes }: Delivery, patienceMs = 5_000): Promise<Sent> {
  return new Promise((resolve) => {
    const began = performance.now();
    let answer = '';
    const socket = connect(port, '127.0.0.1');
    const late = setTimeout(() => socket.destroy(), patienceMs);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(late);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1];
      resolve({
        deliveryId,
        status: status === undefined ? null : Number(status),
        hasRetryAfter: /\r\nretry-after: \d+\r\n/i.test(answer),
        ms: performance.now() - began,
      });
    });
    socket.write(bytes);
  });
}
