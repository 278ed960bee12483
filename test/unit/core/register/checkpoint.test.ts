import { computeAddress, SigningKey } from 'ethers';
import { describe, expect, test } from 'vitest';
import {
  type Checkpoint,
  checkpointBytes,
  checkpointContent,
  checkpointSigningDigest,
  MAX_CHECKPOINT_BYTES,
  readCheckpoint,
} from '#core/register/checkpoint.ts';
import { checkpointOf } from '#core/register/make-checkpoint.ts';
import {
  assetsIn,
  type EntryNote,
  type ItemNote,
  packNotes,
  packSpent,
  unpackNotes,
  unpackSpent,
} from '#core/register/notes.ts';
import type { ListedEntry, RegisterView } from '#core/register/rules.ts';
import { time } from '#test/support/given.ts';
import { requestOf, secretOf, seeded } from '#test/support/law.ts';
import { item, seal } from '#test/support/register.ts';

const KEY = new SigningKey(secretOf(1));
const LAW = 'e'.repeat(64);
const [A, B, C] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)] as const;
const plain = (over: Partial<ItemNote> = {}): ItemNote => ({
  ...{ id: A, reference: B, replaces: '', nonce: 0n, cost: 0n, bytes: 1 },
  ...over,
});
const sealed = (...items: ItemNote[]): EntryNote => ({ kind: 'seal', items });
const hex = (text: string): string => Buffer.from(text, 'base64url').toString('hex');

/** 2^n, and both its neighbours. */
const edges = (most: number): bigint[] =>
  Array.from({ length: most + 1 }, (_, n) => 2n ** BigInt(n))
    .flatMap((power) => [power - 1n, power, power + 1n])
    .filter((value) => value < 2n ** BigInt(most));

describe('what is packed', () => {
  test('has the bytes that formats.md describes; 150 and 300 are those of the documentation of protobuf', () => {
    expect(hex(packNotes([]))).toBe('');
    expect(hex(packNotes([{ kind: 'junk' }, { kind: 'close', ids: [A, B] }]))).toBe(`00${'04'}${A}${B}`);
    const [first, second] = [
      plain({ nonce: 75n, cost: 300n, bytes: 75 }),
      plain({ id: C, nonce: 74n, cost: 1n, bytes: 2, replaces: A }),
    ];
    expect(hex(packNotes([sealed(first, second)]))).toBe(`05${A}${B}9601ac029601${C}${B}010105${A}`);
    const spent = new Map([
      [150, new Map([['', 300n]])],
      [
        151,
        new Map([
          ['', 1n],
          ['0x', 2n],
        ]),
      ],
    ]);
    expect(hex(packSpent(spent, ['', '0x']))).toBe('96010100ac02' + '010200010102');
  });

  test('is read again: numbers around every power of two', () => {
    const notes = [
      ...edges(64).map((nonce) => sealed(plain({ nonce }))),
      ...edges(256).map((cost) => sealed(plain({ cost }), plain({ cost, replaces: C }))),
      ...edges(32).map((bytes) =>
        sealed(plain({ bytes: Number(bytes) }), plain({ bytes: Number(bytes), replaces: C })),
      ),
    ];
    expect(unpackNotes(packNotes(notes))).toEqual(notes);
    const spent = new Map(
      edges(40).map((hour) => [Number(hour), new Map(edges(300).map((amount) => [`${amount % 9n}`, amount]))]),
    );
    const ordered = new Map([...spent].sort(([a], [b]) => a - b));
    expect(unpackSpent(packSpent(ordered, assetsIn(ordered)), assetsIn(ordered))).toEqual(ordered);
  });

  test.each([
    ['a number that does not end', '80'],
    ['a number without end', '80'.repeat(60)],
    ['more ids than there are', `06${A}${B}`],
    ['half a prefix', `02${A.slice(2)}`],
    ['a seal of more requests than bytes', 'ffffff7f'],
    ['a negative nonce', `03${A}${B}010002`],
    ['a nonce of 65 bits', `03${A}${B}${'80'.repeat(9)}040002`],
    ['a cost of 257 bits', `03${A}${B}00${'80'.repeat(36)}1002`],
  ])('%s is refused', (_, bytes) => {
    expect(() => unpackNotes(Buffer.from(bytes, 'hex').toString('base64url'))).toThrow(
      expect.objectContaining({ code: 'MALFORMED' }),
    );
  });

  test('so is a sum of an asset that no list names', () => {
    expect(() => unpackSpent(Buffer.from('01010101', 'hex').toString('base64url'), [''])).toThrow('no asset');
  });
});

const HOUR = 3_600_000;
const NOW = time('2030-03-01T12:00:00Z');
const TOKEN = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const CHAIN = {
  chainId: '31337',
  tokens: [{ address: TOKEN, symbol: 'USDC', decimals: 6, standard: 'erc20' as const }],
};

/** Of payments of up to 1,000 coins or 16 million tokens, one in ten replaces another. */
const payments = (count: number) => {
  const bytes = seeded(7);
  const random = (length: number): string => Buffer.from(bytes(length)).toString('hex');
  return Array.from({ length: count }, (_, n) => {
    const id = random(32);
    const data = `0xa9059cbb${random(20).padStart(64, '0')}${random(6).padStart(64, '0')}`;
    const call = n % 2 === 0 ? { to: TOKEN, data, value: '0' } : { value: `${BigInt(`0x${random(8)}`) * 54n}` };
    const replaces = n % 10 === 0 ? { replaces: random(32), nonce: `${n}` } : {};
    const request = requestOf({ reference: `paid-${n}`, gasLimit: '90000', data: '0x', ...call, ...replaces });
    return { ...item('R1', BigInt(n)), id, request };
  });
};

/** A horizon of 28 hours with so many of them, one to a seal, and before it one an hour for thirty days. */
const busy = (count: number): RegisterView => {
  const past = 30 * 24;
  const entries = payments(count + past).map((one, n): ListedEntry => {
    const before = n < past ? (n - past) * HOUR : ((n - past) / count) * 28 * HOUR;
    const timeCreated = NOW - 28 * HOUR + Math.round(before);
    return seal(BigInt(n), [one], { timeCreated, lawHash: LAW, generation: '1700000000000000' });
  });
  const seen = entries.map((one) => ({ ...one, crc32c: 'AAAAAA==' })).reverse();
  return { entries: entries.toReversed(), seen, taken: new Set(), at: NOW, since: 0 };
};

const log = { chainId: '31337', address: computeAddress(KEY.publicKey), registerBucket: 'lab-register' };

const signed = (checkpoint: Checkpoint) => {
  const content = checkpointContent(checkpoint, log);
  return {
    content,
    bytes: checkpointBytes(checkpoint, log, KEY.sign(checkpointSigningDigest(checkpoint, content, log)).serialized),
  };
};

/** One to a seal is the longest form: each entry has a head of its own. */
test('16,000 requests of a horizon fit, one to a seal, with the sums of thirty days', { timeout: 60_000 }, () => {
  const view = busy(16_000);
  const seq = BigInt(view.entries.length);
  const made = checkpointOf(view, {
    ...{ seq, lawHash: LAW, chain: CHAIN },
    ...{ since: NOW - 28 * HOUR, spentSince: NOW - (28 + 30 * 24) * HOUR },
  });
  if (made === undefined) throw new Error('none was made');
  const items = made.entries.flatMap((note) => (note.kind === 'seal' ? note.items : []));
  expect([items.length >= 16_000, made.spent.size >= 30 * 24, assetsIn(made.spent).length]).toEqual([true, true, 2]);
  const { content, bytes } = signed(made);
  expect(bytes.length).toBeLessThanOrEqual(MAX_CHECKPOINT_BYTES);
  expect(readCheckpoint(bytes, { seq, lawHash: LAW, content }, log)).toEqual(made);
});
