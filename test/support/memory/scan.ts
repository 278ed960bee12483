import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { getuid } from 'node:process';

/** Whether this test may read the memory of another process: Linux, and root. */
export const canScan = process.platform === 'linux' && getuid?.() === 0;

/** A secret number of 32 bytes, and the forms in which it may lie in memory. */
export interface Sought {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Needle {
  readonly what: string;
  readonly bytes: Buffer;
}

const bigintOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

/** Base64 has three spellings, by where the bytes lie in what is encoded. Each of these stays the same whatever stands around them. */
const base64Of = (bytes: Uint8Array): readonly string[] =>
  [0, 1, 2].map((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
    return whole.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((whole.length * 8) / 6));
  });

/** Texts lie in memory as one byte a character, or as two. */
const textsOf = (form: string, text: string): readonly (readonly [string, Buffer])[] => [
  [form, Buffer.from(text, 'latin1')],
  [`${form}, two bytes a character`, Buffer.from(text, 'utf16le')],
];

const formsOf = (bytes: Uint8Array): readonly (readonly [string, Buffer])[] => {
  const raw = Buffer.from(bytes);
  const hex = raw.toString('hex');
  return [
    ['raw', raw],
    // As a BigInt of V8 holds its digits, and as libsecp256k1 holds a scalar.
    ['raw from the other end', Buffer.from(raw).reverse()],
    ...textsOf('hex', hex),
    ...textsOf('HEX', hex.toUpperCase()),
    ...base64Of(raw).flatMap((text) => textsOf('base64', text)),
    ...textsOf('decimal', bigintOf(bytes).toString()),
    ...textsOf('JSON bytes', [...raw].join(',')),
  ];
};

const CHUNK = 8 * 1024 * 1024;
/** Longer than any needle. */
const OVERLAP = 1024;

/** Writable parts of a process's memory, and those that only a process of its own has. */
const regionsOf = (pid: number): readonly (readonly [number, number])[] =>
  readFileSync(`/proc/${pid}/maps`, 'latin1')
    .split('\n')
    .flatMap((line) => {
      const [, from = '', to = '', rights = '', name = ''] =
        /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)$/.exec(line) ?? [];
      return rights.startsWith('rw') && !name.startsWith('[v')
        ? [[Number.parseInt(from, 16), Number.parseInt(to, 16)] as const]
        : [];
    });

const piecesOf = function* (pid: number): Generator<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    const piece = Buffer.alloc(CHUNK + OVERLAP);
    for (const [from, to] of regionsOf(pid))
      for (let at = from; at < to; at += CHUNK) {
        const wanted = Math.min(piece.length, to - at);
        let size = 0;
        try {
          size = readSync(memory, piece, 0, wanted, at);
        } catch {
          // The region went away meanwhile, or cannot be read: nobody else reads it either.
          continue;
        }
        yield piece.subarray(0, size);
      }
  } finally {
    closeSync(memory);
  }
};

/** Needles by their first two bytes, so that one pass over the memory is enough for all of them. */
const byStart = (needles: readonly Needle[]): readonly (readonly Needle[] | undefined)[] => {
  const table: Needle[][] = [];
  for (const needle of needles) {
    const start = needle.bytes.readUInt16LE(0);
    const same = table[start] ?? [];
    same.push(needle);
    table[start] = same;
  }
  return Array.from({ length: 65_536 }, (_, start) => table[start]);
};

const startsAt = (piece: Buffer, at: number, { bytes }: Needle): boolean => {
  if (at + bytes.length > piece.length) return false;
  for (let n = 2; n < bytes.length; n++) if (piece[at + n] !== bytes[n]) return false;
  return true;
};

/** How often each form of each secret lies in the memory of a process: `name, form` to a number above zero. Stops it while it looks. */
export const scanMemory = (pid: number, sought: readonly Sought[]): ReadonlyMap<string, number> => {
  const table = byStart(
    sought.flatMap(({ name, bytes }) =>
      formsOf(bytes).map(([form, text]) => ({ what: `${name}, ${form}`, bytes: text })),
    ),
  );
  const found = new Map<string, number>();
  process.kill(pid, 'SIGSTOP');
  try {
    for (const piece of piecesOf(pid)) {
      // What begins in the overlap is counted in the next piece.
      const end = Math.min(CHUNK, piece.length - 1);
      for (let at = 0; at < end; at++) {
        const some = table[(piece[at] ?? 0) | ((piece[at + 1] ?? 0) << 8)];
        if (some === undefined) continue;
        for (const needle of some)
          if (startsAt(piece, at, needle)) found.set(needle.what, (found.get(needle.what) ?? 0) + 1);
      }
    }
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  return found;
};
