import { createParser } from 'eventsource-parser';

export interface StreamEvent {
  readonly name: string;
  readonly id: string | null;
  readonly data: string;
}

/**
 * Gives each server-sent event of a body to `onEvent`, until the body ends, fails, or is silent for too long. The
 * browser's own EventSource is not taken, as it tells neither why it was refused nor that the connection is dead.
 *
 * @param silenceMs longer than the service ever says nothing
 */
export async function readStream(
  body: ReadableStream<Uint8Array>,
  onEvent: (event: StreamEvent) => void,
  silenceMs: number,
): Promise<void> {
  const parser = createParser({
    onEvent: ({ event, id, data }) => onEvent({ name: event ?? 'message', id: id ?? null, data }),
  });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { promise: silence, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('the connection is silent')), silenceMs);
    try {
      const { done, value } = await Promise.race([reader.read(), silence]);
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
    } catch (error) {
      reader.cancel().catch(() => undefined);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
