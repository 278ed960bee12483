import { describe, expect, test } from 'vitest';
import {
  badShareOf,
  bucketsOf,
  keyObjectOf,
  openFolder,
  openOf,
  receiptObject,
  referenceAttemptOf,
  refusalObject,
  sealObject,
  sealSeqOf,
  shareAad,
  topicsOf,
  turnObject,
  turnOf,
  vmName,
  vmTurnOf,
} from '#schemas/names.ts';
import { DESTINATION } from '#test/support/law.ts';

const ID = 'a'.repeat(64);

test('names as docs/formats.md writes them', () => {
  expect(sealObject('1', DESTINATION, 0n)).toBe(`seals/1/${DESTINATION}/999999999999`);
  expect(sealObject('1', DESTINATION, 1n)).toBe(`seals/1/${DESTINATION}/999999999998`);
  expect(turnObject('hot', 12n)).toBe('turns/hot/999999999987');
  expect(vmName('hot', 12n)).toBe('turn-hot-12');
  expect(refusalObject(ID, 'b'.repeat(64))).toBe(`refusals/${ID}-bbbbbbbb.json`);
  expect(receiptObject(ID, Date.UTC(2030, 0, 2, 23, 59, 59, 999))).toBe(`receipts/2030/01/02/${ID}.json`);
  expect(shareAad(ID, 'alice')).toBe(`keyturn/v1/${ID}/alice`);
  expect([openFolder(), openFolder('hot')]).toEqual(['open/', 'open/hot/']);
});

test('bucket and topic names are all different, and legal', () => {
  const buckets = Object.values(bucketsOf('lab'));
  const topics = Object.values(topicsOf('lab'));
  expect(new Set(buckets).size).toBe(5);
  expect(new Set(topics).size).toBe(8);
  for (const name of [...buckets, ...topics]) expect(name).toMatch(/^lab-[a-z-]{3,40}$/);
});

test.each([-1n, 10n ** 12n])('sequence number %s has no name', (n) => {
  expect(() => sealObject('1', DESTINATION, n)).toThrow(RangeError);
  expect(() => turnObject('hot', n)).toThrow(RangeError);
});

describe('what is no name of ours is nobody’s', () => {
  test.each(['', '/', '99999999999', '9999999999999', '99999999999a', '٩٩٩٩٩٩٩٩٩٩٩٩', '999999999999 '])(
    'seal %j',
    (end) => {
      expect(sealSeqOf(`seals/1/${DESTINATION}/${end}`)).toBeUndefined();
      expect(referenceAttemptOf(`references/${ID}/${end}`)).toBeUndefined();
    },
  );

  test.each([
    `open/hot/${ID}0`,
    `open/hot/${ID}/x`,
    `open/Hot/${ID}`,
    `x/open/hot/${ID}`,
    `open//${ID}`,
    `open/hot/${'A'.repeat(64)}`,
  ])('open mark %s', (name) => {
    expect(openOf(name)).toBeUndefined();
  });

  test.each([
    'turns/hot/999999999987.closed.closed',
    'turns/hot/999999999987.tried-',
    `turns/hot/999999999987.tried-${ID}x`,
    'turns/hot/99999999998',
    'turns/hot/',
    'turns/999999999987',
  ])('turn %s', (name) => {
    expect(turnOf(name)).toBeUndefined();
  });

  test.each([
    `requests/${ID}/bad-share-alice-.json`,
    `requests/${ID}/bad-share-alice-1x.json`,
    `requests/${ID}/bad-share--1.json`,
    `requests/${ID}/request.json`,
  ])('bad share %s', (name) => {
    expect(badShareOf(name)).toBeUndefined();
  });

  test.each(['turn-hot', 'turn-hot-', 'hot-1', 'turn-Hot-1', 'turn-hot-1234567890123'])('machine %s', (name) => {
    expect(vmTurnOf(name)).toBeUndefined();
  });

  test('a co-signer, wallet or machine whose name ends in a number', () => {
    expect(vmTurnOf(vmName('hot-1', 2n))).toEqual({ wallet: 'hot-1', turn: 2n });
    expect(badShareOf(`requests/${ID}/bad-share-bob-2-17.json`)).toEqual({
      id: ID,
      coSigner: 'bob-2',
      generation: '17',
    });
  });

  test('an upload outside the co-signer’s prefix', () => {
    const alice = { bucket: 'lab-keys', prefix: 'alice/' };
    for (const name of [`shares/${ID}`, `bob/shares/${ID}`, `alice/shares/${ID.slice(1)}`, `alice/other/${ID}`])
      expect(keyObjectOf(alice, name)).toBeUndefined();
  });
});
