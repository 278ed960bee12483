import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { createTx, createTxFromRLP, type TypedTransaction } from '@ethereumjs/tx';
import { encodeRlp, getBytes, hexlify, keccak256 } from 'ethers';
import { describe, expect, test } from 'vitest';
import { addressOfKey } from '#core/shares/address.ts';
import { accessListOf, admittedGas, intrinsicGas } from '#core/transaction/gas-schedule.ts';
import { rungsOf, type UnsignedRung } from '#core/transaction/transaction.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { FORK_NAMES } from '#schemas/chain.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { DESTINATION, requestOf, secretOf } from '#test/support/law.ts';
import fc from '#test/support/properties.ts';
import { signRung } from '#test/support/sign.ts';

/**
 * ethereumjs as a second opinion, written by others from the same EIPs. It judges every byte that is signed and sent. It also judges what a
 * transaction costs before its first instruction, and whether a node takes it. By the rules of both forks whose gas schedule keyturn knows.
 */
const SECRET = secretOf(1);
const FROM = addressOfKey(SECRET);
const OTHER = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const WORD = 2n ** 256n;

const HARDFORKS = { prague: Hardfork.Prague, osaka: Hardfork.Osaka, amsterdam: Hardfork.Amsterdam };
/** EIP-7825 */
const CAP = 16_777_216n;

const theirs = (
  request: TransactionRequest,
  nonce: bigint,
  { fees }: Pick<UnsignedRung, 'fees'>,
  fork: keyof typeof HARDFORKS = 'prague',
): TypedTransaction => {
  const { chainId, type, gasLimit, to, value, data } = request;
  const common = new Common({
    chain: { ...Mainnet, chainId: Number(chainId), name: 'any' },
    hardfork: HARDFORKS[fork],
  });
  const { maxFeePerGas, maxPriorityFeePerGas } = fees;
  return createTx(
    {
      type: Number(type),
      nonce,
      gasLimit: BigInt(gasLimit),
      ...(to === '' ? {} : { to }),
      value: BigInt(value),
      data: getBytes(data),
      ...(type === '2' ? { maxFeePerGas, maxPriorityFeePerGas } : { gasPrice: maxFeePerGas }),
      ...(type === '0' ? {} : { chainId: BigInt(chainId), accessList: accessListOf(request) }),
    } as Parameters<typeof createTx>[0],
    { common },
  );
};

const uint = (bits: bigint) =>
  fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: 2n ** bits - 1n }));
const accessList = fc.array(
  fc.record({
    address: fc.constantFrom(OTHER, DESTINATION),
    storageKeys: fc.array(
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hexlify(bytes)),
      { maxLength: 3 },
    ),
  }),
  { maxLength: 3 },
);
/** What a parser of requests admits, but for fees beyond all wei there can be, which ethereumjs does not even build. */
const request = fc
  .record({
    type: fc.constantFrom('0', '1', '2'),
    chainId: fc.oneof(fc.constantFrom(1n, 10n, 31337n), fc.bigInt({ min: 1n, max: 2n ** 40n })),
    to: fc.constantFrom('', DESTINATION, OTHER, FROM),
    value: uint(256n),
    fees: fc.tuple(uint(190n), uint(190n)).map(([a, b]) => (a < b ? { tip: a, fee: b } : { tip: b, fee: a })),
    gas: fc.oneof(
      fc.record({ exactly: uint(64n) }),
      fc.record({ above: fc.integer({ min: -2, max: 2 }), fork: fc.constantFrom(...FORK_NAMES) }),
    ),
    data: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 })), { maxLength: 200 }),
    accessList,
  })
  .map(({ type, chainId, to, value, fees, gas, data, accessList: list }) => {
    const fields = {
      type,
      chainId: chainId.toString(),
      to,
      value: value.toString(),
      data: `0x${to === '' ? '60' : ''}${Buffer.from(data).toString('hex')}`,
      accessList: type === '0' || list.length === 0 ? '' : canonicalText(list),
      gasLimit: '21000',
      maxFeePerGas: fees.fee.toString(),
      maxPriorityFeePerGas: type === '2' ? fees.tip.toString() : '',
    };
    const plain = requestOf(fields);
    const gasLimit = 'exactly' in gas ? gas.exactly : admittedGas(plain, FROM, gas.fork) + BigInt(gas.above);
    return requestOf({ ...fields, gasLimit: gasLimit.toString() });
  })
  .filter(({ gasLimit, maxFeePerGas }) => BigInt(gasLimit) * BigInt(maxFeePerGas) < WORD);
const nonce = fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }));

const unsignedOf = (transaction: TypedTransaction): string => {
  const message = transaction.getMessageToSign();
  return Array.isArray(message) ? encodeRlp(message.map((one) => hexlify(one))) : hexlify(message);
};

describe('ethereumjs says the same of', () => {
  test('the bytes of every rung, unsigned and signed, and who sent them', () => {
    fc.assert(
      fc.property(request, nonce, (one, at) => {
        for (const rung of rungsOf(one, at)) {
          const other = theirs(one, at, rung);
          expect(rung.unsigned).toBe(unsignedOf(other));
          expect(rung.unsignedHash).toBe(hexlify(other.getHashedMessageToSign()));
          const { raw, hash } = signRung(rung, SECRET, FROM);
          const signed = other.sign(SECRET);
          expect([raw, hash]).toEqual([hexlify(signed.serialize()), hexlify(signed.hash())]);
          const read = createTxFromRLP(getBytes(raw), { common: other.common });
          expect([read.getSenderAddress().toString(), keccak256(raw)]).toEqual([FROM.toLowerCase(), hash]);
        }
      }),
      { seed: 20_261_128, numRuns: 25 },
    );
  });

  test.each(FORK_NAMES)('the least gas limit under %s', (fork) => {
    fc.assert(
      fc.property(request, (one) => {
        const [rung] = rungsOf(one, 0n);
        if (rung === undefined) throw new Error('no rung');
        const plain = { ...one, gasLimit: '21000' };
        const other = theirs(plain, 0n, rung, fork).sign(SECRET);
        expect([intrinsicGas(plain, FROM, fork), admittedGas(plain, FROM, fork)]).toEqual([
          other.getIntrinsicGas(),
          other.getMinimumGasLimit(),
        ]);
      }),
      { seed: 20_261_128, numRuns: 300 },
    );
  });

  test.each(FORK_NAMES)('whether a node takes it under %s', (fork) => {
    const verdicts = { valid: 0, invalid: 0 };
    fc.assert(
      fc.property(request, (one) => {
        const [rung] = rungsOf(one, 0n);
        if (rung === undefined) throw new Error('no rung');
        // Under Osaka the cap holds for the whole gas limit, and ethereumjs does not even build what is above it.
        if (fork === 'osaka' && BigInt(one.gasLimit) > CAP) {
          expect(() => theirs(one, 0n, rung, fork)).toThrow(/EIP-7825/);
          return;
        }
        const valid = theirs(one, 0n, rung, fork).sign(SECRET).isValid();
        verdicts[valid ? 'valid' : 'invalid'] += 1;
        expect(BigInt(one.gasLimit) >= admittedGas(one, FROM, fork), JSON.stringify(one)).toBe(valid);
      }),
      { seed: 20_261_128, numRuns: 300 },
    );
    // Both kinds were met, or the comparison says nothing.
    expect(Math.min(verdicts.valid, verdicts.invalid)).toBeGreaterThan(30);
  });

  // EIP-3860: 49,152 bytes are the most, and 2 gas for each word that is begun.
  test.each([
    [31, true],
    [32, true],
    [33, true],
    [49_152, true],
    [49_153, false],
  ])('init code of %i bytes', (size, taken) => {
    const build = () => {
      const one = requestOf({ to: '', data: `0x${'60'.repeat(size)}`, gasLimit: '9000000' });
      const [rung] = rungsOf(one, 0n);
      if (rung === undefined) throw new Error('no rung');
      return { one, rung };
    };
    if (taken) {
      const { one, rung } = build();
      for (const fork of FORK_NAMES)
        expect(admittedGas(one, FROM, fork)).toBe(theirs(one, 0n, rung, fork).sign(SECRET).getMinimumGasLimit());
    } else {
      expect(build).toThrow(/EIP-3860/);
      const bytes = { ...requestOf({ to: '', data: '0x60' }), data: `0x${'60'.repeat(size)}` };
      expect(() => theirs(bytes, 0n, { fees: { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n } })).toThrow(/initcode/i);
    }
  });
});
