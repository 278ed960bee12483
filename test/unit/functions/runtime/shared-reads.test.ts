import { describe, expect, it } from 'vitest';
import type { Storage } from '#core/ports.ts';
import { SharedReads } from '#functions/runtime/shared-reads.ts';

/** Only its identity counts. */
const storage = {} as Storage;

/** Reads that end when the test says so, each with its number. */
const numbered = () => {
  const begun: PromiseWithResolvers<number>[] = [];
  const run = (): Promise<number> => {
    const one = Promise.withResolvers<number>();
    begun.push(one);
    return one.promise;
  };
  const end = async (n: number, how: 'well' | 'badly' = 'well'): Promise<void> => {
    if (how === 'well') begun[n]?.resolve(n);
    else begun[n]?.reject(new Error(`read ${n}`));
    // All that hangs on it runs before the next turn of the loop.
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { begun, run, end };
};

describe('reads that calls share', () => {
  it('gives nobody what was begun before they asked', async () => {
    const { begun, run, end } = numbered();
    const reads = new SharedReads<number>();
    const first = reads.read(storage, 'wallet', run);
    const crowd = [1, 2, 3].map(() => reads.read(storage, 'wallet', run));
    expect(begun).toHaveLength(1);
    await end(0);
    expect(begun).toHaveLength(2);
    const late = reads.read(storage, 'wallet', run);
    await end(1);
    await end(2);
    expect(await Promise.all([first, ...crowd, late])).toEqual([0, 1, 1, 1, 2]);
    expect(begun).toHaveLength(3);
  });

  it('reads anew once all have what they asked for', async () => {
    const { begun, run, end } = numbered();
    const reads = new SharedReads<number>();
    const first = reads.read(storage, 'wallet', run);
    await end(0);
    const second = reads.read(storage, 'wallet', run);
    expect(begun).toHaveLength(2);
    await end(1);
    expect(await Promise.all([first, second])).toEqual([0, 1]);
  });

  it('fails those who share a read that fails, and nobody after them', async () => {
    const { run, end } = numbered();
    const reads = new SharedReads<number>();
    const first = reads.read(storage, 'wallet', run);
    const second = reads.read(storage, 'wallet', run);
    const failed = expect(first).rejects.toThrow('read 0');
    await end(0, 'badly');
    await failed;
    await end(1);
    expect(await second).toBe(1);
  });

  it('keeps keys and storages apart', () => {
    const { begun, run } = numbered();
    const reads = new SharedReads<number>();
    void reads.read(storage, 'wallet', run);
    void reads.read(storage, 'other', run);
    void reads.read({} as Storage, 'wallet', run);
    expect(begun).toHaveLength(3);
  });
});
