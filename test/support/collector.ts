import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/**
 * A collector of OpenTelemetry, made from the text of OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp). In its JSON form ids are
 * hex, 64-bit numbers are texts, and enums are numbers.
 */
const number64 = z.union([z.string().regex(/^[0-9]+$/), z.number().int()]).transform(Number);
const value = z.union([
  z.strictObject({ stringValue: z.string() }).transform((one) => one.stringValue),
  z.strictObject({ boolValue: z.boolean() }).transform((one) => one.boolValue),
  z.strictObject({ intValue: number64 }).transform((one) => one.intValue),
  z.strictObject({ doubleValue: z.number() }).transform((one) => one.doubleValue),
]);
export type Attributes = Readonly<Record<string, string | boolean | number>>;
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .default([])
  .transform((all): Attributes => Object.fromEntries(all.map(({ key, value: found }) => [key, found])));
const resource = z.object({ attributes });
const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const span = z.object({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: hex(16).optional(),
  name: z.string(),
  kind: z.number().int(),
  startTimeUnixNano: z.string().transform(BigInt),
  endTimeUnixNano: z.string().transform(BigInt),
  attributes,
  events: z.array(z.unknown()).default([]),
  links: z.array(z.object({ traceId: hex(32), spanId: hex(16), attributes })).default([]),
  status: z.object({ code: z.number().int().default(0), message: z.string().optional() }).default({ code: 0 }),
});
const traces = z.object({
  resourceSpans: z.array(
    z.object({ resource, scopeSpans: z.array(z.object({ schemaUrl: z.string().optional(), spans: z.array(span) })) }),
  ),
});
const point = z.object({
  attributes,
  count: number64,
  sum: z.number().default(0),
  bucketCounts: z.array(number64),
  explicitBounds: z.array(z.number()),
});
const metrics = z.object({
  resourceMetrics: z.array(
    z.object({
      resource,
      scopeMetrics: z.array(
        z.object({
          metrics: z.array(
            z.object({
              name: z.string(),
              unit: z.string().default(''),
              histogram: z.object({ dataPoints: z.array(point), aggregationTemporality: z.number() }),
            }),
          ),
        }),
      ),
    }),
  ),
});

export type HeardSpan = z.infer<typeof span> & { readonly service: string; readonly resource: Attributes };
export type HeardPoint = z.infer<typeof point> & {
  readonly service: string;
  readonly name: string;
  readonly unit: string;
};

export interface Heard {
  readonly path: string;
  readonly type: string;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
}

export interface Collector {
  readonly url: string;
  readonly heard: readonly Heard[];
  spans(): readonly HeardSpan[];
  /** Of each series the newest: histograms add up since the process began. */
  points(): readonly HeardPoint[];
  close(): Promise<void>;
}

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const thanks: Answer = (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');

export const startCollector = async (
  answer: Answer = thanks,
  onHeard: (path: string, bytes: Buffer) => void = () => {},
): Promise<Collector> => {
  const heard: Heard[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    const bytes = Buffer.concat(chunks);
    const path = request.url ?? '';
    heard.push({ path, bytes, type: request.headers['content-type'] ?? '', headers: request.headers });
    onHeard(path, bytes);
    answer(response, request);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const json = (path: string): unknown[] =>
    heard.filter((one) => one.path === path).map(({ bytes }) => JSON.parse(bytes.toString('utf8')));
  return {
    url: `http://127.0.0.1:${port}`,
    heard,
    spans: () =>
      json('/v1/traces').flatMap((body) =>
        traces.parse(body).resourceSpans.flatMap(({ resource: from, scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) =>
            spans.map((one) => ({
              ...one,
              service: String(from.attributes['service.name']),
              resource: from.attributes,
            })),
          ),
        ),
      ),
    points: () => {
      const newest = new Map<string, HeardPoint>();
      for (const body of json('/v1/metrics'))
        for (const { resource: from, scopeMetrics } of metrics.parse(body).resourceMetrics)
          for (const { name, unit, histogram } of scopeMetrics.flatMap((scope) => scope.metrics))
            for (const one of histogram.dataPoints) {
              const service = String(from.attributes['service.name']);
              const instance = String(from.attributes['service.instance.id']);
              newest.set(JSON.stringify([instance, name, one.attributes]), { ...one, service, name, unit });
            }
      return [...newest.values()];
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
};
