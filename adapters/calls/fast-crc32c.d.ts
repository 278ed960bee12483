declare module 'fast-crc32c' {
  /** CRC32C (Castagnoli) as an unsigned 32-bit number. */
  export function calculate(data: Uint8Array | string, initial?: number): number;
  const crc32c: { calculate: typeof calculate };
  export default crc32c;
}

/** The pure JavaScript implementation by name: the package's own loader breaks in a bundle. */
declare module 'fast-crc32c/impls/js_crc32c.js' {
  const crc32c: { calculate(data: Uint8Array | string, initial?: number): number };
  export default crc32c;
}
