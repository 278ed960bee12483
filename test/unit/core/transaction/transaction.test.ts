import { Transaction } from 'ethers';
import { describe, expect, test } from 'vitest';
import { addressOfKey } from '#core/shares/address.ts';
import { rungsOf } from '#core/transaction/transaction.ts';
import { expectRefusal } from '#test/support/code.ts';
import { DESTINATION, requestOf, secretOf } from '#test/support/law.ts';
import { signDigest, signRung } from '#test/support/sign.ts';

const secret = secretOf(3);
const from = addressOfKey(secret);
const LIST = `[{"address":"${DESTINATION}","storageKeys":["0x${'01'.repeat(32)}","0x${'01'.repeat(32)}"]},{"address":"${DESTINATION}","storageKeys":[]}]`;

describe('rungsOf refuses', () => {
  test('chain id 0, which would be a transaction for every chain', () => {
    expectRefusal(() => rungsOf(requestOf({ chainId: '0' }), 0n), 'BAD_FIELD', 'chainId', /replayed anywhere/);
  });

  test.each([-1n, 2n ** 53n, 2n ** 64n - 1n])('nonce %s', (nonce) => {
    expectRefusal(() => rungsOf(requestOf(), nonce), 'BAD_FIELD', 'nonce', /must not exceed 2\^53-1/);
  });
});

describe('signed rungs', () => {
  test.each([
    ['2', { accessList: LIST, gasLimit: '40000' }],
    ['1', { accessList: LIST, gasLimit: '40000', maxPriorityFeePerGas: '' }],
    ['0', { maxPriorityFeePerGas: '' }],
    ['2', { to: '', data: '0x60006000f3', gasLimit: '60000' }],
  ])('type %s: every field is that of the request, only the fees differ', (type, over) => {
    const request = requestOf({ type, ...over });
    const rungs = rungsOf(request, 41n);
    expect(rungs).toHaveLength(5);
    for (const rung of rungs) {
      const read = Transaction.from(signRung(rung, secret, from).raw);
      expect(read.type).toBe(Number(type));
      expect(read.from).toBe(from);
      expect(read.nonce).toBe(41);
      expect(read.chainId).toBe(31337n);
      expect(read.to).toBe(request.to === '' ? null : request.to);
      expect(read.value).toBe(BigInt(request.value));
      expect(read.data).toBe(request.data);
      expect(read.gasLimit).toBe(BigInt(request.gasLimit));
      expect(JSON.stringify(read.accessList ?? [])).toBe(request.accessList === '' ? '[]' : LIST);
      if (type === '2') {
        expect(read.maxFeePerGas).toBe(rung.fees.maxFeePerGas);
        expect(read.maxPriorityFeePerGas).toBe(rung.fees.maxPriorityFeePerGas);
      } else expect(read.gasPrice).toBe(rung.fees.maxFeePerGas);
      // Low s: a signature with a high one is refused by every node (EIP-2).
      expect(BigInt(read.signature?.s ?? 0)).toBeLessThan(2n ** 255n);
    }
    expect(new Set(rungs.map(({ unsignedHash }) => unsignedHash)).size).toBe(5);
  });

  test('the same bytes each time', () => {
    const sign = () => rungsOf(requestOf(), 0n).map((rung) => signRung(rung, secret, from));
    expect(sign()).toEqual(sign());
  });

  test('another address than that of the key: WRONG_KEY', () => {
    const [rung] = rungsOf(requestOf(), 0n);
    if (rung === undefined) throw new Error('no rung');
    expectRefusal(() => signRung(rung, secret, DESTINATION), 'WRONG_KEY', undefined, /not that of 0x3535/);
    expectRefusal(() => signDigest(new Uint8Array(32), secretOf(4), from), 'WRONG_KEY', undefined, /not that of/);
  });

  test('a rung whose hash is not that of its bytes: WRONG_KEY', () => {
    const [rung, other] = rungsOf(requestOf(), 0n);
    if (rung === undefined || other === undefined) throw new Error('no rung');
    const mixed = { ...rung, unsignedHash: other.unsignedHash };
    expectRefusal(() => signRung(mixed, secret, from), 'WRONG_KEY', undefined, /do not read back as sent by 0x/);
  });

  test('the key bytes are left as they are', () => {
    const mine = secretOf(3);
    for (const rung of rungsOf(requestOf(), 0n)) signRung(rung, mine, from);
    expect(mine).toEqual(secret);
  });
});
