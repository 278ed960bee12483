#!/usr/bin/env bash
# OpenTelemetry's OTLP JSON gives a large whole number as an "intValue" that no 64-bit integer is, such as 1e+21.
#
# Version: @opentelemetry/sdk-trace 3.1.1, @opentelemetry/otlp-transformer 0.301.1
# Expected: intValue is an int64 of OTLP: a decimal string in its JSON, from -2^63 to 2^63-1. A number beyond that is a doubleValue.
# Seen: Every number without a fraction is an intValue, and a bare JSON number. 1000 ether in wei leave as 1e+21.
# Output seen:
#   7: {"intValue":7}
#   1e+21: {"intValue":1e+21}
#   0.5: {"doubleValue":0.5}
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @opentelemetry/api@1.10.0 @opentelemetry/sdk-trace@3.1.1 @opentelemetry/otlp-transformer@0.301.1
run <<'JS'
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { TracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
for (const amount of [7, 1e21, 0.5]) provider.getTracer('payments').startSpan('pay', { attributes: { amount } }).end();
const sent = JSON.parse(new TextDecoder().decode(JsonTraceSerializer.serializeRequest(exporter.getFinishedSpans())));
for (const { attributes } of sent.resourceSpans[0].scopeSpans[0].spans) {
  const [{ value }] = attributes;
  console.log(`${Object.values(value)[0]}: ${JSON.stringify(value)}`);
}
JS
