import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { KeyturnError } from '#schemas/codes.ts';

/**
 * Bytes of a checkpoint that are not text: hashes, and numbers in as few bytes as they need. A log of a busy day has thousands of requests, and
 * as JSON lists they would not fit.
 */
const PREFIX_BYTES = 16;
/** Seven bits each: enough for 10^90, which no sum of a checkpoint comes near. */
const MAX_NUMBER_BYTES = 43;

/** LEB128 as protobuf writes it (https://protobuf.dev/programming-guides/encoding/#varints). */
export class Packer {
  readonly #bytes: number[] = [];

  /** `hex`: 16 bytes. */
  prefix(hex: string): void {
    this.#bytes.push(...hexToBytes(hex));
  }

  number(value: bigint): void {
    let left = value;
    for (; left >= 128n; left >>= 7n) this.#bytes.push(Number(left & 127n) | 128);
    this.#bytes.push(Number(left));
  }

  /** 0, −1, 1, −2, 2 … as 0, 1, 2, 3, 4 …: what is near 0 stays short. */
  signed(value: bigint): void {
    this.number(value < 0n ? -2n * value - 1n : 2n * value);
  }

  /** base64url without padding. */
  text(): string {
    let binary = '';
    for (const byte of this.#bytes) binary += String.fromCharCode(byte);
    return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  }
}

const broken = (): KeyturnError => new KeyturnError('MALFORMED', 'a checkpoint is packed in no way that is read');

/** Reads what a `Packer` wrote. Everything throws MALFORMED where that is not there. */
export class Unpacker {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** `text`: of the letters of base64url only. */
  constructor(text: string) {
    if (text.length % 4 === 1) throw broken();
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    this.#bytes = Uint8Array.from(binary, (one) => one.charCodeAt(0));
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  prefix(): string {
    const end = this.#at + PREFIX_BYTES;
    if (end > this.#bytes.length) throw broken();
    const hex = bytesToHex(this.#bytes.subarray(this.#at, end));
    this.#at = end;
    return hex;
  }

  /** Below `limit`. */
  number(limit?: bigint): bigint {
    let value = 0n;
    for (let n = 0; n < MAX_NUMBER_BYTES; n++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw broken();
      value |= BigInt(byte & 127) << BigInt(7 * n);
      if (byte >= 128) continue;
      if (limit !== undefined && value >= limit) throw broken();
      return value;
    }
    throw broken();
  }

  /** One that JavaScript counts exactly. */
  small(): number {
    return Number(this.number(BigInt(Number.MAX_SAFE_INTEGER)));
  }

  signed(): bigint {
    const value = this.number();
    return value % 2n === 0n ? value / 2n : -(value + 1n) / 2n;
  }

  /** Each takes a byte at least: a count of more than there are bytes is false, and no memory is taken for it. */
  list<T>(count: number, read: () => T): T[] {
    if (count > this.#bytes.length - this.#at) throw broken();
    return Array.from({ length: count }, read);
  }
}
