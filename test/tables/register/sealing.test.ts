import { SigningKey, Transaction } from 'ethers';
import { expect, test } from 'vitest';
import type { ListedEntry } from '#core/register/rules.ts';
import { approvalsOf, type Planned, signAgain, signBatch } from '#core/register/sealing.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { digestToSign, LOG } from '#test/support/entries.ts';
import { HOT, LAW_HASH } from '#test/support/given.ts';
import { heldSession } from '#test/support/held-session.ts';
import { secretOf, splitOf } from '#test/support/law.ts';
import { asks, idOf, item, type Name, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

const KEY = new SigningKey(secretOf(1));
const SPLIT = splitOf(2, 3);
const OTHER_SPLIT = splitOf(2, 3, 2);

/** Whose shares a request has; in capitals: one of another key, that nobody has checked. */
type Sharer = 'alice' | 'bob' | 'holder-3' | 'ALICE' | 'BOB';
const INDEX = { alice: 1, bob: 2, 'holder-3': 3 };

const shareOf = (sharer: Sharer) => {
  const coSigner = sharer.toLowerCase() as keyof typeof INDEX;
  const split = sharer === coSigner ? SPLIT : OTHER_SPLIT;
  const found = split.shares.find(({ index }) => index === INDEX[coSigner]);
  if (found === undefined) throw new Error(`${sharer} holds nothing`);
  const share = { wallet: 'hot', epoch: 1, index: found.index, scalar: found.scalar };
  const generation = `${found.index}7`;
  return { coSigner, object: `${coSigner}/shares`, generation, sha256: `${found.index}`.repeat(64), share };
};

/** Two rungs, since two thirds of two are one, and of one none: 20 and 1 wei, then 30 and 2. */
const RUNGS = { maxFeePerGas: '30', maxPriorityFeePerGas: '2' };
const planned = (name: Name, nonce: bigint, sharers: readonly Sharer[]): Planned => ({
  id: idOf(name),
  request: asks(name, RUNGS),
  rule: 'any',
  shares: sharers.map(shareOf),
  delay: null,
  nonce,
});

/** In which lie the shares of these, as they are. */
const sessionOf = (batch: readonly (readonly [Name, readonly Sharer[]])[]) =>
  heldSession(
    { wallet: HOT, registerBucket: LOG.registerBucket },
    new Map(
      batch.map(([name, sharers]) => {
        const shares = sharers.map((one) => shareOf(one).share);
        return [idOf(name), { request: asks(name, RUNGS), shares }];
      }),
    ),
  );

/** The hash of the plain request, signed by hand: 1 ETH with 21000 gas on chain 31337. */
const signedHash = (nonce: number, maxFeePerGas: number, maxPriorityFeePerGas: number): string => {
  const transaction = Transaction.from({
    ...{ type: 2, chainId: 31337, nonce, gasLimit: 21_000, value: 10n ** 18n },
    ...{ to: '0x3535353535353535353535353535353535353535', maxFeePerGas, maxPriorityFeePerGas },
  });
  transaction.signature = KEY.sign(transaction.unsignedHash);
  return transaction.hash ?? '';
};
const hashes = (nonce: number): readonly string[] => [signedHash(nonce, 20, 1), signedHash(nonce, 30, 2)];

type Batch = readonly (readonly [Name, bigint, readonly Sharer[]])[];
const failure = async (run: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await run();
  } catch (error) {
    return isKeyturnError(error) ? error.code : error instanceof Error ? error.message : error;
  }
};

const NO_TOKENS = { chainId: '31337', tokens: [] };

const sign = (entries: readonly ListedEntry[], batch: Batch) =>
  failure(async () => {
    const signed = await signBatch(
      batch.map((one) => planned(...one)),
      { view: view(entries), log: LOG, lawHash: LAW_HASH, chain: NO_TOKENS },
      HOT,
      sessionOf(batch.map(([name, , sharers]) => [name, sharers])),
    );
    const { seq, previous, items } = signed.content;
    return {
      place: seq,
      previous,
      items: items.map(({ id, nonce, rungs, approvals }) => ({
        id,
        nonce,
        rungs,
        by: approvals.map(({ coSigner }) => coSigner),
      })),
      bytes: [...signed.bytes].map(([id, rungs]) => [id, rungs.map(({ hash }) => hash)]),
    };
  });

const ZEROS = '0'.repeat(64);
const one = (name: Name, nonce: number, by: readonly string[]) => ({
  id: idOf(name),
  nonce: BigInt(nonce),
  rungs: hashes(nonce),
  by,
});

table<readonly ListedEntry[], Batch, unknown>('sealing: a batch is signed in one go, at the next free place', sign, [
  [
    'The first entry of a log.',
    [],
    [['R1', 7n, ['alice', 'bob']]],
    { place: 0n, previous: ZEROS, items: [one('R1', 7, ['alice', 'bob'])], bytes: [[idOf('R1'), hashes(7)]] },
  ],
  [
    'The next one names the hash of the one before.',
    [seal(4n, [item('R9', 6n)], { rawHash: 'b'.repeat(64) })],
    [['R1', 7n, ['alice', 'bob']]],
    { place: 5n, previous: 'b'.repeat(64), items: [one('R1', 7, ['alice', 'bob'])], bytes: [[idOf('R1'), hashes(7)]] },
  ],
  [
    'Over two generations of the one before: sha256 of their sorted hashes.',
    [seal(4n, [], { rawHash: 'b' }), seal(4n, [], { rawHash: 'a', generation: '2' })],
    [['R1', 7n, ['alice', 'bob']]],
    {
      place: 5n,
      // sha256 of "ab"
      previous: 'fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603',
      items: [one('R1', 7, ['alice', 'bob'])],
      bytes: [[idOf('R1'), hashes(7)]],
    },
  ],
  [
    'Each request is signed with the key from its own shares, and any two make the same key.',
    [],
    [
      ['R1', 7n, ['alice', 'bob']],
      ['R2', 8n, ['holder-3', 'bob']],
    ],
    {
      place: 0n,
      previous: ZEROS,
      items: [one('R1', 7, ['alice', 'bob']), one('R2', 8, ['bob', 'holder-3'])],
      bytes: [
        [idOf('R1'), hashes(7)],
        [idOf('R2'), hashes(8)],
      ],
    },
  ],
]);

table<readonly ListedEntry[], Batch, unknown>('sealing: nothing is signed with anything less', sign, [
  ['No request: nothing to seal.', [], [], 'an empty batch has nothing to seal'],
  ['Too few shares.', [], [['R1', 7n, ['alice']]], 'NOT_ENOUGH_SHARES'],
  ['Shares of another key, should nobody have checked them.', [], [['R1', 7n, ['ALICE', 'BOB']]], 'WRONG_KEY'],
  [
    'One request that cannot be signed keeps the whole batch unsigned.',
    [],
    [
      ['R1', 7n, ['alice', 'bob']],
      ['R2', 8n, ['alice']],
    ],
    'NOT_ENOUGH_SHARES',
  ],
]);

const DELAY = {
  ...{ startedAt: '2030-01-01T08:00:00Z', endedAt: '2030-01-01T11:00:00Z' },
  ...{ object: 'bob/shares', generation: '27' },
};
test.each([null, DELAY])('the entry is signed over what it holds, by the wallet: with the delay %j', async (delay) => {
  const signed = await signBatch(
    [{ ...planned('R1', 7n, ['alice', 'bob']), delay }],
    { view: view([]), log: LOG, lawHash: LAW_HASH, chain: NO_TOKENS },
    HOT,
    sessionOf([['R1', ['alice', 'bob']]]),
  );
  const approvals = [
    { coSigner: 'alice', object: 'alice/shares', generation: '17', sha256: '1'.repeat(64), prediction: '' },
    { coSigner: 'bob', object: 'bob/shares', generation: '27', sha256: '2'.repeat(64), prediction: '' },
  ];
  const { value, gasLimit, maxFeePerGas } = asks('R1', RUNGS);
  const leaves = BigInt(value) + BigInt(gasLimit) * BigInt(maxFeePerGas);
  const COIN = { chainId: '31337', standard: 'native', address: '', tokenId: '' };
  const content = {
    ...{
      version: 2,
      kind: 'seal',
      chainId: '31337',
      address: HOT.address,
      seq: '0',
      previous: ZEROS,
      lawHash: LAW_HASH,
      checkpoint: null,
    },
    items: [
      {
        ...{ id: idOf('R1'), nonce: '7', request: asks('R1', RUNGS), rungs: hashes(7), approvals },
        ...{ verdict: 'allowed', rule: 'any', tokensJudged: 'yes', delay },
        assets: [{ ...COIN, leaves: `${leaves}`, allows: '0' }],
      },
    ],
  };
  expect(signed.signature).toBe(KEY.sign(digestToSign(content)).serialized);
});

const SEALED = { ...item('R1', 7n, RUNGS), rungs: hashes(7) };
const again = (sealed: typeof SEALED, sharers: readonly Sharer[]) =>
  failure(async () => {
    const rungs = await signAgain(sealed, planned('R1', 99n, sharers), HOT, sessionOf([['R1', sharers]]));
    return rungs.map(({ hash }) => hash);
  });

table<typeof SEALED, readonly Sharer[], unknown>(
  'sealing: bytes that are made again must be the very ones that were sealed',
  again,
  [
    [
      'Other shares of the same key make the same bytes, at the nonce of the seal.',
      SEALED,
      ['bob', 'holder-3'],
      hashes(7),
    ],
    ['A seal at another nonce.', { ...SEALED, nonce: 8n }, ['alice', 'bob'], 'SEAL_MISMATCH'],
    [
      'A seal with a rung too many.',
      { ...SEALED, rungs: [...hashes(7), signedHash(7, 45, 3)] },
      ['alice', 'bob'],
      'SEAL_MISMATCH',
    ],
    ['A seal with a rung too few.', { ...SEALED, rungs: hashes(7).slice(1) }, ['alice', 'bob'], 'SEAL_MISMATCH'],
    [
      'A seal with another rung.',
      { ...SEALED, rungs: [signedHash(7, 20, 1), signedHash(7, 45, 3)] },
      ['alice', 'bob'],
      'SEAL_MISMATCH',
    ],
    ['Too few shares.', SEALED, ['alice'], 'NOT_ENOUGH_SHARES'],
  ],
);

const named = (sharers: readonly Sharer[], _: 'in the seal') =>
  approvalsOf({ id: idOf('R1'), request: asks('R1'), rule: 'any', shares: sharers.map(shareOf), delay: null });

table<readonly Sharer[], 'in the seal', unknown>('sealing: a seal names each upload, and never the share', named, [
  [
    'In the order of the co-signers’ names.',
    ['holder-3', 'alice', 'bob'],
    'in the seal',
    [
      { coSigner: 'alice', object: 'alice/shares', generation: '17', sha256: '1'.repeat(64), prediction: '' },
      { coSigner: 'bob', object: 'bob/shares', generation: '27', sha256: '2'.repeat(64), prediction: '' },
      { coSigner: 'holder-3', object: 'holder-3/shares', generation: '37', sha256: '3'.repeat(64), prediction: '' },
    ],
  ],
]);
