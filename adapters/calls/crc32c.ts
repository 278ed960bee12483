import fast from 'fast-crc32c/impls/js_crc32c.js';

/**
 * CRC32C (Castagnoli, RFC 3720), unsigned. Not node:zlib's crc32, which is another polynomial. The package's JavaScript half by name:
 * its loader requires a variable and breaks in a bundle.
 */
export const crc32c = (bytes: Uint8Array): number =>
  fast.calculate(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) >>> 0;

/** As Cloud Storage writes it: base64 of the four bytes, big-endian (https://cloud.google.com/storage/docs/json_api/v1/objects). */
export const crc32cBase64 = (bytes: Uint8Array): string => {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(crc32c(bytes));
  return four.toString('base64');
};
