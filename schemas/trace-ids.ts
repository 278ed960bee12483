import { utf8ToBytes } from '@noble/hashes/utils.js';
import { sha256Hex } from './canonical.ts';

/** Ids of a span as W3C Trace Context and OpenTelemetry spell them: 32 and 16 lower-case hex digits. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/**
 * The trace of one request, from its id alone. So whatever works on a request can name its trace, and no message carries a context. `part`
 * is a span of that trace; the root without it. Anybody can work both out: docs/telemetry.md shows how with sha256sum.
 */
export const requestTrace = (id: string, part = 'request'): SpanIds => ({
  traceId: sha256Hex(utf8ToBytes(`keyturn/v1/trace/${id}`)).slice(0, 32),
  spanId: sha256Hex(utf8ToBytes(`keyturn/v1/span/${part}/${id}`)).slice(0, 16),
});
