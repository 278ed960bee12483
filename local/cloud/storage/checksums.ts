import { createHash } from 'node:crypto';
import crc32c from 'fast-crc32c';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';

/** As Cloud Storage spells it: base64 of the four big-endian bytes. */
export const crc32cOf = (bytes: Buffer): string => {
  const word = Buffer.alloc(4);
  word.writeUInt32BE(crc32c.calculate(bytes) >>> 0);
  return word.toString('base64');
};

export const md5Of = (bytes: Buffer): string => createHash('md5').update(bytes).digest('base64');

/** What a writer says that the bytes hash to; base64. */
export interface Checksums {
  readonly crc32c?: string | undefined;
  readonly md5?: string | undefined;
}

/** From an `x-goog-hash` header (`crc32c=…,md5=…`). */
export const parseHashHeader = (header: string | undefined): Checksums => {
  const sums = new Map<string, string>();
  for (const part of (header ?? '').split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const at = part.indexOf('=');
    if (!['crc32c', 'md5'].includes(part.slice(0, at)))
      throw new CloudError('INVALID_ARGUMENT', `Invalid x-goog-hash header: ${part}`);
    sums.set(part.slice(0, at), part.slice(at + 1));
  }
  return { crc32c: sums.get('crc32c'), md5: sums.get('md5') };
};

/** Throws INVALID_ARGUMENT when a given checksum is not that of the bytes: they changed on the way. */
export const requireChecksums = (given: Checksums, actual: Required<Checksums>): void => {
  for (const kind of ['crc32c', 'md5'] as const)
    if (given[kind] !== undefined && given[kind] !== actual[kind])
      throw new CloudError(
        'INVALID_ARGUMENT',
        `Provided ${kind === 'md5' ? 'MD5 hash' : 'CRC32C'} "${given[kind]}" doesn't match calculated ${kind === 'md5' ? 'MD5 hash' : 'CRC32C'} "${actual[kind]}".`,
      );
};
