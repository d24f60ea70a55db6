import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The webhook secret of every service that tests start. */
export const testSecret = 'a secret of the tests';

export type Body = Record<string, unknown> & { repository: Record<string, unknown> };

export interface TestDelivery {
  readonly body: Buffer;
  readonly event?: string;
  readonly deliveryId?: string;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    status?: string;
    pushId?: string;
    deliveryId?: string;
    ignored?: string;
    reason?: string;
    error?: { code: string; message: string };
  };
}

export const fixtureNames = [
  'create-tag',
  'delete-branch',
  'push-12-commits-capped-5',
  'push-actions-bot',
  'push-api-test-delivery',
  'push-first-default-branch',
  'push-force-rewind',
  'push-force-rewrite',
  'push-mirror-new-branch',
  'push-tag-create',
  'push-tag-delete',
  'push-web-ui-test-delivery',
] as const;
export type FixtureName = (typeof fixtureNames)[number];

export function fixtureBytes(name: FixtureName): Buffer {
  return readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url));
}

export function fixture(name: FixtureName): Body {
  return JSON.parse(fixtureBytes(name).toString()) as Body;
}

/** The event that Gitea names in the header of a fixture. */
export function eventOf(name: FixtureName): string {
  return name.split('-', 1)[0] ?? '';
}

/** As Gitea writes it: indented by two spaces, no newline at the end. */
export function bytesOf(body: unknown): Buffer {
  return Buffer.from(JSON.stringify(body, null, 2));
}

export function sign(body: Uint8Array, secret = testSecret): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

export function headersOf(delivery: TestDelivery): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-gitea-delivery': delivery.deliveryId ?? randomUUID(),
    'x-gitea-event': delivery.event ?? 'push',
    'x-gitea-signature': sign(delivery.body, delivery.secret),
    ...delivery.headers,
  };
}

export async function post(url: string, delivery: TestDelivery): Promise<TestAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: headersOf(delivery),
    body: new Uint8Array(delivery.body),
    redirect: 'manual',
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as TestAnswer['body'],
  };
}
