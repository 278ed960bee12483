import { createRequire } from 'node:module';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';

// The package ships no types.
const { calculate }: { calculate: (bytes: Buffer) => number } = createRequire(import.meta.url)('fast-crc32c');

/** CRC32C (Castagnoli) as the unsigned number that Cloud KMS puts into its Int64Value fields. */
export const crc32c = (bytes: Uint8Array): bigint => BigInt(calculate(Buffer.from(bytes)) >>> 0);

/**
 * Whether a checksum came and matched. Throws INVALID_ARGUMENT with Google's sentence if it came and did not match
 * (https://cloud.google.com/kms/docs/data-integrity-guidelines).
 */
export const verifiedCrc32c = (field: string, data: Uint8Array, checksum: bigint | undefined): boolean => {
  if (checksum === undefined) return false;
  if (checksum !== crc32c(data))
    throw new CloudError(
      'INVALID_ARGUMENT',
      `The checksum in field ${field}_crc32c did not match the data in field ${field}.`,
    );
  return true;
};
