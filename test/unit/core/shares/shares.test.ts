import { describe, expect, test } from 'vitest';
import { judgeShares, type ShareCandidate } from '#core/shares/shares.ts';
import { combined } from '#core/shares/signing-scheme.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Wallet } from '#schemas/config.ts';
import { expectRefusal } from '#test/support/code.ts';
import { secretOf, splitOf, walletOf } from '#test/support/law.ts';

const candidatesOf = (split = splitOf(2, 3), wallet: Pick<Wallet, 'name' | 'epoch'> = { name: 'hot', epoch: 1 }) =>
  split.shares.map(
    ({ index, scalar }, i): ShareCandidate => ({
      coSigner: ['alice', 'bob', 'holder-3'][i] ?? '',
      object: `shares/${'a'.repeat(64)}`,
      generation: String(100 + i),
      share: { wallet: wallet.name, epoch: wallet.epoch, index, scalar },
    }),
  );

describe('judgeShares', () => {
  const split = splitOf(2, 3);
  const wallet = walletOf(split);
  const all = candidatesOf(split);
  const [alice, bob, third] = all;
  if (alice === undefined || bob === undefined || third === undefined) throw new Error('no candidates');
  const spoilt = (over: Partial<ShareCandidate['share']>): ShareCandidate => ({
    ...bob,
    share: { ...bob.share, ...over },
  });
  const blame = (code: string) => [{ coSigner: 'bob', object: bob.object, generation: bob.generation, code }];

  test('all good: all count, in order', () => {
    expect(judgeShares(all, wallet)).toEqual({ good: all, bad: [] });
  });

  test.each([
    ['SHARE_OTHER_WALLET', spoilt({ wallet: 'cold' })],
    ['SHARE_OTHER_EPOCH', spoilt({ epoch: 2 })],
    ['SHARE_OTHER_INDEX', spoilt({ index: 1, scalar: alice.share.scalar })],
    ['SHARE_OTHER_INDEX', spoilt({ index: 4 })],
    ['SHARE_WRONG', spoilt({ scalar: alice.share.scalar })],
    ['SHARE_WRONG', spoilt({ scalar: new Uint8Array(32) })],
    ['SHARE_WRONG', spoilt({ scalar: new Uint8Array(32).fill(255) })],
  ])('%s is blamed on bob and the others still count', (code, bad) => {
    expect(judgeShares([alice, bad, third], wallet)).toEqual({ good: [alice, third], bad: blame(code) });
  });

  test('a co-signer who holds no share of this wallet is blamed as such', () => {
    const { good, bad } = judgeShares([{ ...alice, coSigner: 'holder-9' }], wallet);
    expect(good).toEqual([]);
    expect(bad).toEqual([
      { coSigner: 'holder-9', object: alice.object, generation: '100', code: 'SHARE_UNKNOWN_CO_SIGNER' },
    ]);
  });

  test('a second good share of the same co-signer does not count, nor is it blamed', () => {
    const again = { ...alice, generation: '999' };
    expect(judgeShares([alice, again], wallet)).toEqual({ good: [alice], bad: [] });
    expect(judgeShares([again, alice, alice], wallet)).toEqual({ good: [again], bad: [] });
  });

  test('a bad upload before a good one of the same co-signer costs only itself', () => {
    expect(judgeShares([spoilt({ epoch: 9 }), bob], wallet)).toEqual({ good: [bob], bad: blame('SHARE_OTHER_EPOCH') });
  });

  test('a blamed share never carries the scalar', () => {
    const { bad } = judgeShares([spoilt({ epoch: 9 })], wallet);
    expect(Object.keys(bad[0] ?? {})).toEqual(['coSigner', 'object', 'generation', 'code']);
  });
});

describe('combined', () => {
  const split = splitOf(2, 3);
  const wallet = walletOf(split);

  test('hands the key to run, gives its result, and wipes the key', () => {
    let seen: Uint8Array = new Uint8Array();
    const copy = combined.withKey(split.shares, wallet, (secret) => {
      seen = new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength);
      return Uint8Array.from(secret);
    });
    expect(copy).toEqual(secretOf(1));
    expect(seen).toEqual(new Uint8Array(32));
  });

  test('wipes the key where run throws, and passes the error on', () => {
    let seen: Uint8Array = new Uint8Array([1]);
    const fault = new Error('no');
    expect(() =>
      combined.withKey(split.shares, wallet, (secret) => {
        seen = secret;
        throw fault;
      }),
    ).toThrow(fault);
    expect(seen).toEqual(new Uint8Array(32));
  });

  test.each([
    ['a promise', () => Promise.resolve(1)],
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    ['anything with a then', () => ({ then: () => undefined })],
  ])('refuses a run that returns %s', (_, run) => {
    let seen: Uint8Array = new Uint8Array([1]);
    const wrapped = (secret: Uint8Array): unknown => {
      seen = secret;
      return run();
    };
    expect(() => combined.withKey(split.shares, wallet, wrapped)).toThrow(TypeError);
    expect(seen).toEqual(new Uint8Array(32));
  });

  // biome-ignore lint/suspicious/noThenProperty: that is what is tested
  test.each([undefined, null, 0, '', { then: 1 }])('gives %s back as it is', (value) => {
    expect(combined.withKey(split.shares, wallet, () => value)).toBe(value);
  });

  test('refuses a key that is not that of the address', () => {
    const run = () => {
      throw new Error('was run');
    };
    const other = { ...wallet, address: walletOf(splitOf(2, 3, 2)).address };
    expectRefusal(() => combined.withKey(split.shares, other, run), 'WRONG_KEY', undefined, /is that of 0x/);
  });

  test('refuses too few shares', () => {
    const few = split.shares.slice(0, 1);
    expect(() => combined.withKey(few, wallet, () => 0)).toThrow(KeyturnError);
  });
});
