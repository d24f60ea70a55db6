import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

const spanSchema = z.looseObject({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes: z.array(z.looseObject({ key: z.string(), value: z.unknown() })),
  status: z.looseObject({ code: z.number().optional(), message: z.string().optional() }),
});
export type CollectedSpan = z.infer<typeof spanSchema>;

const requestSchema = z.looseObject({
  resourceSpans: z.array(
    z.looseObject({
      resource: z.looseObject({
        attributes: z.array(z.looseObject({ key: z.string(), value: z.unknown() })),
      }),
      scopeSpans: z.array(z.looseObject({ spans: z.array(spanSchema) })),
    }),
  ),
});

export interface Collector {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** Of the resource that the spans came from, by name. */
  resource(): ReadonlyMap<string, unknown>;
  close(): Promise<void>;
}

/** Takes traces by OTLP over HTTP as JSON, as a collector does; with `never` it takes the request and says nothing. */
export async function startCollector(behaviour: 'takes' | 'refuses' | 'never' = 'takes'): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  const resource = new Map<string, unknown>();
  const server = createServer(async (request, response) => {
    requests.push({ path: request.url ?? '', headers: request.headers });
    const body = requestSchema.parse(await json(request));
    if (behaviour === 'never') return;
    if (behaviour === 'refuses') return void response.writeHead(400).end();
    for (const { resource: from, scopeSpans } of body.resourceSpans) {
      for (const { key, value } of from.attributes) resource.set(key, value);
      spans.push(...scopeSpans.flatMap((scope) => scope.spans));
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    resource: () => resource,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
