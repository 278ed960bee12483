import { z } from 'zod';
import { crc32c } from '#adapters/calls/crc32c.ts';

/** google.protobuf.Int64Value, as KMS answers it: over REST a text of decimal digits. */
export const checksum = z.object({ value: z.union([z.string().regex(/^\d{1,10}$/), z.number()]).transform(Number) });
/** google.protobuf.Int64Value */
export const sum = (bytes: Uint8Array) => ({ value: crc32c(bytes) });
