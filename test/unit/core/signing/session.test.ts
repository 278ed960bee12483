import { Transaction } from 'ethers';
import { describe, expect, test } from 'vitest';
import type { Decrypted } from '#core/key-ports.ts';
import { combined } from '#core/shares/signing-scheme.ts';
import { inProcessSigner } from '#core/signing/session.ts';
import { withSignature } from '#core/transaction/sign.ts';
import { rungsOf } from '#core/transaction/transaction.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { digestOf } from '#schemas/digest.ts';
import { shareAad } from '#schemas/names.ts';
import { parseShareText, shareText } from '#schemas/share-text.ts';
import { HOT, REGISTER } from '#test/support/given.ts';
import { requestOf, splitOf } from '#test/support/law.ts';
import { MemoryKeys } from '#test/support/ports.ts';

const SPLIT = splitOf(2, 3);
const REQUEST = requestOf();
const ID = digestOf(REQUEST, HOT.address, REGISTER);
const OTHER = requestOf({ reference: 'other', value: '7' });
const OTHER_ID = digestOf(OTHER, HOT.address, REGISTER);

const lineOf = (index: number): Uint8Array => {
  const share = SPLIT.shares.find((one) => one.index === index);
  if (share === undefined) throw new Error('no share');
  return shareText({ wallet: 'hot', epoch: 1, index, scalar: share.scalar });
};
const upload = (coSigner: string, index: number, id = ID) => ({
  coSigner,
  ciphertext: MemoryKeys.encrypt(coSigner, lineOf(index), shareAad(id, coSigner)),
});
const ALICE = upload('alice', 1);
const BOB = upload('bob', 2);

const ladder = (request = REQUEST, id = ID, nonce = 7n) => ({
  id,
  nonce,
  digests: rungsOf(request, nonce).map(({ unsignedHash }) => unsignedHash),
});

/** A session, the bytes that were given to it, and the keys that it joined. */
const begin = (decrypt: (coSigner: string, ciphertext: Uint8Array, aad: string) => Promise<Decrypted>) => {
  const given: Uint8Array[] = [];
  const scalars: Uint8Array[] = [];
  const signer = inProcessSigner(
    {
      wallet: HOT,
      registerBucket: REGISTER,
      scheme: {
        ...combined,
        withKey: (shares, wallet, run) => {
          scalars.push(...shares.map(({ scalar }) => scalar));
          return combined.withKey(shares, wallet, run);
        },
      },
    },
    {
      decrypt: async (...asked) => {
        const opened = await decrypt(...asked);
        if (opened.kind === 'plaintext') given.push(opened.bytes);
        return opened;
      },
    },
  );
  return { session: signer.begin(), given, scalars };
};
const keys = new MemoryKeys();
const memory: Parameters<typeof begin>[0] = (...asked) => keys.decrypt(...asked);
const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

describe('a session opens, judges and signs', () => {
  test('what it signs is what the wallet signs, and everything is wiped at its end', async () => {
    const { session, given, scalars } = begin(memory);
    expect(await session.open({ id: ID, request: REQUEST, uploads: [ALICE, BOB] })).toEqual([
      { kind: 'good' },
      { kind: 'good' },
    ]);
    expect(given.map(isZero)).toEqual([true, true]);
    const signatures = await session.signLadder(ladder());
    const raws = rungsOf(REQUEST, 7n).map((rung, n) =>
      withSignature(rung, signatures[n] ?? new Uint8Array(), HOT.address),
    );
    expect(raws.map(({ raw }) => Transaction.from(raw).from)).toEqual(raws.map(() => HOT.address));
    expect(scalars.map(isZero)).toEqual([false, false]);
    session.end();
    expect(scalars.map(isZero)).toEqual([true, true]);
    await expect(session.signLadder(ladder())).rejects.toMatchObject({ code: 'NOT_ENOUGH_SHARES' });
  });

  test('each upload has its verdict, in the order of the uploads', async () => {
    const { session } = begin(async (coSigner, ciphertext, aad) => {
      if (ciphertext.length === 1) return { kind: 'unreachable', reason: 'PERMISSION_DENIED: kms' };
      if (ciphertext.length === 2) throw new TypeError('secret');
      if (ciphertext.length === 3) throw new KeyturnError('CONFIG', 'no key');
      if (ciphertext.length === 4) return { kind: 'plaintext', bytes: new Uint8Array(9) };
      return keys.decrypt(coSigner, ciphertext, aad);
    });
    const junk = (length: number) => ({ coSigner: 'bob', ciphertext: new Uint8Array(length) });
    const uploads = [junk(1), ALICE, junk(2), upload('alice', 1), junk(3), junk(4), junk(5), upload('bob', 1), BOB];
    expect(await session.open({ id: ID, request: REQUEST, uploads })).toEqual([
      { kind: 'unreachable', reason: 'PERMISSION_DENIED: kms' },
      { kind: 'good' },
      { kind: 'bug', name: 'TypeError' },
      { kind: 'spare' },
      { kind: 'unreachable', reason: 'CONFIG' },
      { kind: 'bad', code: 'SHARE_TEXT' },
      { kind: 'bad', code: 'SHARE_CIPHERTEXT' },
      { kind: 'bad', code: 'SHARE_OTHER_INDEX' },
      { kind: 'good' },
    ]);
  });
});

describe('threat 107: whoever asks gets no more than was approved', () => {
  test('an id that is not that of the request opens nothing', async () => {
    const { session, given } = begin(memory);
    await expect(session.open({ id: ID, request: OTHER, uploads: [ALICE, BOB] })).rejects.toThrow(RangeError);
    expect(given).toEqual([]);
  });

  test('shares of one request sign no other', async () => {
    const { session } = begin(memory);
    const verdicts = await session.open({ id: OTHER_ID, request: OTHER, uploads: [ALICE, BOB] });
    expect(verdicts.map((one) => (one.kind === 'bad' ? one.code : one.kind))).toEqual([
      'SHARE_CIPHERTEXT',
      'SHARE_CIPHERTEXT',
    ]);
    await expect(session.signLadder(ladder(OTHER, OTHER_ID))).rejects.toMatchObject({ code: 'NOT_ENOUGH_SHARES' });
  });

  test.each([
    ['those of another request', ladder(OTHER).digests],
    ['those of another nonce', ladder(REQUEST, ID, 8n).digests],
    ['one too few', ladder().digests.slice(1)],
    ['one too many', [...ladder().digests, `0x${'0'.repeat(64)}`]],
    ['none', []],
  ])('digests that are %s are not signed', async (_, digests) => {
    const { session, scalars } = begin(memory);
    await session.open({ id: ID, request: REQUEST, uploads: [ALICE, BOB] });
    await expect(session.signLadder({ ...ladder(), digests })).rejects.toMatchObject({ code: 'SEAL_MISMATCH' });
    expect(scalars).toEqual([]);
  });
});

describe('nothing stays open for nobody', () => {
  const late = () => {
    const gate = Promise.withResolvers<void>();
    const opened: Uint8Array[] = [];
    const { session, scalars } = begin(async (coSigner, ciphertext, aad) => {
      await gate.promise;
      const one = await keys.decrypt(coSigner, ciphertext, aad);
      if (one.kind === 'plaintext') opened.push(parseShareText(one.bytes).scalar);
      return one;
    });
    return { session, scalars, gate };
  };

  test.each(['drop', 'end'] as const)('what is opened after `%s` signs nothing', async (how) => {
    const { session, gate } = late();
    const asked = session.open({ id: ID, request: REQUEST, uploads: [ALICE, BOB] });
    if (how === 'drop') session.drop(ID);
    else session.end();
    gate.resolve();
    await asked;
    await expect(session.signLadder(ladder())).rejects.toMatchObject({ code: 'NOT_ENOUGH_SHARES' });
  });

  test('what was asked for earlier does not come in the place of what is asked for now', async () => {
    const first = Promise.withResolvers<void>();
    let calls = 0;
    const { session, scalars } = begin(async (...asked) => {
      if (calls++ < 2) await first.promise;
      return keys.decrypt(...asked);
    });
    const earlier = session.open({ id: ID, request: REQUEST, uploads: [ALICE, BOB] });
    await session.open({ id: ID, request: REQUEST, uploads: [BOB, upload('holder-3', 3)] });
    first.resolve();
    await earlier;
    await session.signLadder(ladder());
    expect(scalars.length).toBe(2);
    session.end();
    expect(scalars.map(isZero)).toEqual([true, true]);
  });
});
