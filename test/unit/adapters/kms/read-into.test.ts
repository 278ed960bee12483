import { describe, expect, test } from 'vitest';
import { readInto } from '#adapters/kms/decrypt.ts';

const room = (): Uint8Array => new Uint8Array(8).fill(7);

async function* arriving(pieces: readonly Uint8Array[], fault?: Error): AsyncGenerator<Uint8Array> {
  yield* pieces;
  if (fault !== undefined) throw fault;
}

describe('threat 50: what KMS answers is in no more places than one', () => {
  test('it is moved, and overwritten where it came from', async () => {
    const pieces = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
    const bytes = room();
    expect(await readInto(bytes, arriving(pieces))).toBe(4);
    expect([...bytes.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
    expect(pieces.map((piece) => [...piece])).toEqual([[0, 0, 0], [0]]);
  });

  test('an answer that breaks half way leaves nothing', async () => {
    const bytes = room();
    const broken = new Error('the connection is gone');
    await expect(readInto(bytes, arriving([Uint8Array.of(1, 2, 3)], broken))).rejects.toBe(broken);
    expect([...bytes]).toEqual(Array(8).fill(0));
  });

  test('more than there is room for is refused, and leaves nothing', async () => {
    const pieces = [new Uint8Array(8).fill(1), Uint8Array.of(2)];
    const bytes = room();
    await expect(readInto(bytes, arriving(pieces))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect([...bytes]).toEqual(Array(8).fill(0));
    expect(pieces.map((piece) => [...piece])).toEqual([Array(8).fill(0), [0]]);
  });
});
