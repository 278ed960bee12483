import { describe, expect, test } from 'vitest';
import type { StoredObject } from '#core/ports.ts';
import { type QuorumInput, shareState, sizeFault } from '#core/shares/quorum.ts';
import { splitOf, walletOf } from '#test/support/law.ts';

const wallet = walletOf(splitOf(2, 3));
const uploaded = (over: Partial<StoredObject> & { generation: string }): StoredObject => ({
  bucket: 'lab-keys',
  name: `alice/shares/${'a'.repeat(64)}`,
  metageneration: '1',
  size: 200,
  timeCreated: Number(over.generation),
  metadata: {},
  live: true,
  ...over,
});
const one = (generation: number, over: Partial<StoredObject> = {}) =>
  uploaded({ generation: String(generation), ...over });
const state = (over: Partial<Omit<QuorumInput, 'shares'>> & { shares?: Record<string, StoredObject[]> }) =>
  shareState({
    wallet,
    needed: 2,
    rejections: new Set(),
    initiators: new Set(),
    knownBad: [],
    ...over,
    shares: new Map(Object.entries(over.shares ?? {})),
  });
const generationsOf = (result: ReturnType<typeof state>, coSigner: string) =>
  result.uploads.find((upload) => upload.coSigner === coSigner)?.objects.map(({ generation }) => generation);

test('nothing uploaded: not enough, not hopeless', () => {
  expect(state({})).toEqual({
    countable: [],
    uploads: [
      { coSigner: 'alice', objects: [] },
      { coSigner: 'bob', objects: [] },
      { coSigner: 'holder-3', objects: [] },
    ],
    rejecters: [],
    initiators: [],
    ignored: [],
    enough: false,
    hopeless: false,
  });
});

test('two holders: enough, in the law’s order', () => {
  const result = state({ shares: { bob: [one(1)], alice: [one(2)] } });
  expect(result).toMatchObject({ countable: ['alice', 'bob'], enough: true, hopeless: false });
});

test('one holder many times is one holder', () => {
  expect(state({ shares: { alice: [one(1), one(2), one(3)] } })).toMatchObject({ countable: ['alice'], enough: false });
});

test('whoever is no holder counts neither as approving nor as rejecting', () => {
  const result = state({
    shares: { 'holder-9': [one(1)], alice: [one(2)] },
    rejections: new Set(['holder-9', 'holder-8']),
  });
  expect(result).toMatchObject({ countable: ['alice'], rejecters: [], enough: false, hopeless: false });
});

test('more needed than the threshold', () => {
  const shares = { alice: [one(1)], bob: [one(2)] };
  expect(state({ shares, needed: 3 })).toMatchObject({ enough: false, hopeless: false });
  expect(state({ shares, needed: 3, rejections: new Set(['holder-3']) })).toMatchObject({ hopeless: true });
});

describe('uploads of one holder', () => {
  test('the five oldest are tried, oldest first, whatever the order of the listing', () => {
    const result = state({ shares: { alice: [one(7), one(3), one(6), one(5), one(4), one(2)] } });
    expect(generationsOf(result, 'alice')).toEqual(['2', '3', '4', '5', '6']);
  });

  test('age is the time of creation, then the generation as a number, then the name', () => {
    const at = (generation: number, timeCreated: number, name = 'alice/shares/x') =>
      one(generation, { timeCreated, name });
    const result = state({ shares: { alice: [at(10, 2), at(9, 2), at(11, 1), at(9, 2, 'alice/shares/a')] } });
    expect(result.uploads[0]?.objects.map(({ generation, name }) => [generation, name.at(-1)])).toEqual([
      ['11', 'x'],
      ['9', 'a'],
      ['9', 'x'],
      ['10', 'x'],
    ]);
  });

  test('five known bad use up the tries: a sixth does not count', () => {
    const knownBad = [1, 2, 3, 4, 5].map((generation) => ({ coSigner: 'alice', generation: String(generation) }));
    const alice = [1, 2, 3, 4, 5, 6].map((generation) => one(generation));
    expect(state({ shares: { alice }, knownBad })).toMatchObject({ countable: [] });
    expect(generationsOf(state({ shares: { alice }, knownBad: knownBad.slice(1) }), 'alice')).toEqual(['1']);
  });

  test('what is bad of one holder is not bad of another, though the generation be the same', () => {
    const result = state({
      shares: { alice: [one(1)], bob: [one(1)] },
      knownBad: [{ coSigner: 'bob', generation: '1' }],
    });
    expect(result.countable).toEqual(['alice']);
  });

  test('empty and oversized ones are named, do not count and take no place among the five', () => {
    const odd = [one(1, { size: 0 }), one(2, { size: 8193 }), one(3, { size: 10_000_000 })];
    const result = state({ shares: { alice: [...odd, ...[4, 5, 6, 7, 8].map((generation) => one(generation))] } });
    expect(generationsOf(result, 'alice')).toEqual(['4', '5', '6', '7', '8']);
    expect(result.ignored.map(({ coSigner, object, code }) => [coSigner, object.generation, code])).toEqual([
      ['alice', '1', 'SHARE_EMPTY'],
      ['alice', '2', 'SHARE_TOO_LARGE'],
      ['alice', '3', 'SHARE_TOO_LARGE'],
    ]);
    expect(state({ shares: { alice: odd } }).countable).toEqual([]);
  });

  test.each([
    [0, 'SHARE_EMPTY'],
    [1, undefined],
    [8192, undefined],
    [8193, 'SHARE_TOO_LARGE'],
  ])('%i bytes: %s', (size, code) => {
    expect(sizeFault({ size })).toBe(code);
  });
});

describe('rejection', () => {
  test('beats the share of the same holder', () => {
    const shares = { alice: [one(1)], bob: [one(2)] };
    const result = state({ shares, rejections: new Set(['bob']) });
    expect(result).toMatchObject({ countable: ['alice'], rejecters: ['bob'], enough: false, hopeless: false });
    expect(generationsOf(result, 'bob')).toEqual([]);
  });

  test('is no veto: two others are enough', () => {
    const shares = { alice: [one(1)], bob: [one(2)] };
    expect(state({ shares, rejections: new Set(['holder-3']) })).toMatchObject({ enough: true, hopeless: false });
  });

  test('by n - k + 1 holders is hopeless', () => {
    expect(state({ rejections: new Set(['bob', 'alice']) })).toMatchObject({
      rejecters: ['alice', 'bob'],
      hopeless: true,
    });
  });
});
