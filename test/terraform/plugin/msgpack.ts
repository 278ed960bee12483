/** A value that Terraform does not know yet: it comes as a MessagePack extension. */
export const UNKNOWN = Symbol('unknown');

export type Packed =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | typeof UNKNOWN
  | readonly Packed[]
  | { readonly [key: string]: Packed };

/** Reads one MessagePack value (https://github.com/msgpack/msgpack/blob/master/spec.md). Throws RangeError where the bytes end too soon. */
export const decodeMsgpack = (bytes: Uint8Array): Packed => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > view.length) throw new RangeError('msgpack ends too soon');
    at += length;
    return view.subarray(at - length, at);
  };
  const uint = (length: number): number => take(length).readUIntBE(0, length);
  const text = (length: number): string => take(length).toString('utf8');
  const list = (length: number): Packed[] => Array.from({ length }, () => value());
  const map = (length: number): Packed =>
    Object.fromEntries(Array.from({ length }, () => [String(value()), value()] as const));
  const extension = (length: number): typeof UNKNOWN => {
    take(1 + length);
    return UNKNOWN;
  };
  const long: Readonly<Record<number, () => Packed>> = {
    192: () => null,
    194: () => false,
    195: () => true,
    196: () => take(uint(1)),
    197: () => take(uint(2)),
    198: () => take(uint(4)),
    199: () => extension(uint(1)),
    200: () => extension(uint(2)),
    201: () => extension(uint(4)),
    202: () => take(4).readFloatBE(),
    203: () => take(8).readDoubleBE(),
    204: () => uint(1),
    205: () => uint(2),
    206: () => uint(4),
    207: () => take(8).readBigUInt64BE(),
    208: () => take(1).readInt8(),
    209: () => take(2).readInt16BE(),
    210: () => take(4).readInt32BE(),
    211: () => take(8).readBigInt64BE(),
    212: () => extension(1),
    213: () => extension(2),
    214: () => extension(4),
    215: () => extension(8),
    216: () => extension(16),
    217: () => text(uint(1)),
    218: () => text(uint(2)),
    219: () => text(uint(4)),
    220: () => list(uint(2)),
    221: () => list(uint(4)),
    222: () => map(uint(2)),
    223: () => map(uint(4)),
  };
  const value = (): Packed => {
    const head = uint(1);
    if (head < 128) return head;
    if (head < 144) return map(head & 15);
    if (head < 160) return list(head & 15);
    if (head < 192) return text(head & 31);
    if (head >= 224) return head - 256;
    const read = long[head];
    if (read === undefined) throw new RangeError(`msgpack has no type ${head}`);
    return read();
  };
  return value();
};
