import { createHmac, randomUUID } from 'node:crypto';

export interface DeliveryAnswer {
  readonly status: number;
  /** `status` of a good answer, the code of an error. */
  readonly word: string;
  readonly pushId: string | null;
}

/** Sends a body as Gitea's sender does: one POST with its headers, signed over the raw bytes. */
export async function deliver(
  url: string,
  delivery: { readonly body: Buffer; readonly event: string; readonly secret: string },
): Promise<DeliveryAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Go-http-client/1.1',
      'x-gitea-delivery': randomUUID(),
      'x-gitea-event': delivery.event,
      'x-gitea-signature': createHmac('sha256', delivery.secret).update(delivery.body).digest('hex'),
    },
    body: new Uint8Array(delivery.body),
    signal: AbortSignal.timeout(5_000),
    redirect: 'error',
  });
  const answer = (await response.json()) as { status?: string; pushId?: string; error?: { code?: string } };
  return {
    status: response.status,
    word: answer.status ?? answer.error?.code ?? 'unknown',
    pushId: answer.pushId ?? null,
  };
}
