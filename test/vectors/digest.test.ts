import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { digestOf, requesterOf, sealDigest } from '#schemas/digest.ts';
import { REQUEST_FIELDS, type TransactionRequest } from '#schemas/request.ts';
import { DESTINATION, requestOf } from '#test/support/law.ts';

/**
 * EIP-712 by hand (https://eips.ethereum.org/EIPS/eip-712, "Definition of hashStruct"): type hashes, 32-byte words and keccak, and nothing
 * of the library that the product uses.
 */
const word = (value: bigint) => hexToBytes(value.toString(16).padStart(64, '0'));
const text = (value: string) => keccak_256(utf8ToBytes(value));
const struct = (encodedType: string, ...members: Uint8Array[]) =>
  keccak_256(concatBytes(text(encodedType), ...members));

const domainSeparator = (chainId: bigint, bucket: string) =>
  struct(
    'EIP712Domain(string name,string version,uint256 chainId,bytes32 salt)',
    text('keyturn'),
    text('2'),
    word(chainId),
    text(`gs://${bucket}`),
  );
const signingHash = (separator: Uint8Array, hashed: Uint8Array) =>
  bytesToHex(keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), separator, hashed)));

const REQUEST_TYPE =
  'Request(string wallet,string chainId,string type,string to,string value,string data,string accessList,string gasLimit,' +
  'string maxFeePerGas,string maxPriorityFeePerGas,string nonce,string replaces,string validUntil,string reference,string memo,' +
  'string requester,address walletAddress)';

const byHand = (request: TransactionRequest, walletAddress: string, bucket: string) =>
  signingHash(
    domainSeparator(BigInt(request.chainId), bucket),
    struct(
      REQUEST_TYPE,
      ...REQUEST_FIELDS.filter((field) => field !== 'requesterSignature').map((field) => text(request[field])),
      word(BigInt(walletAddress)),
    ),
  );

describe('digestOf equals EIP-712 computed by hand', () => {
  test.each([
    ['a transfer', {}],
    [
      'every field in use',
      {
        chainId: '18446744073709551615',
        nonce: '7',
        replaces: 'foreign',
        memo: 'Grüße, 世界 ✓',
        data: '0xa9059cbb',
        accessList: `[{"address":"${DESTINATION}","storageKeys":[]}]`,
      },
    ],
    ['a creation', { to: '', data: '0x6000' }],
  ])('%s', (_, over) => {
    const request = requestOf(over);
    expect(digestOf(request, DESTINATION, 'lab-register')).toBe(byHand(request, DESTINATION, 'lab-register'));
  });

  test('the signature is not part of it', () => {
    const signed = requestOf({ requesterSignature: `0x${'11'.repeat(65)}` });
    expect(digestOf(signed, DESTINATION, 'b-1')).toBe(digestOf(requestOf(), DESTINATION, 'b-1'));
  });

  test.each(REQUEST_FIELDS.filter((field) => field !== 'requesterSignature'))('%s is part of it', (field) => {
    const request = requestOf();
    const changed = { ...request, [field]: field === 'chainId' ? '1' : `${request[field]}0` };
    expect(digestOf(changed, DESTINATION, 'b-1')).not.toBe(digestOf(request, DESTINATION, 'b-1'));
  });

  test('in any order of domains, also beyond those that are kept', () => {
    const domains = Array.from(
      { length: 200 },
      (_, n) => [String(1 + (n % 100)), n % 3 === 0 ? 'b-1' : 'b-2'] as const,
    );
    for (const [chainId, bucket] of domains) {
      const request = requestOf({ chainId });
      expect(digestOf(request, DESTINATION, bucket)).toBe(byHand(request, DESTINATION, bucket));
    }
  });

  test('so are the wallet’s address and the register', () => {
    const request = requestOf();
    const ids = [
      digestOf(request, DESTINATION, 'b-1'),
      digestOf(request, DESTINATION, 'b-2'),
      digestOf(request, '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', 'b-1'),
    ];
    expect(new Set(ids).size).toBe(3);
  });
});

test('requesterOf finds the signer of the digest computed by hand; a high s finds nobody', () => {
  const secret = hexToBytes('11'.repeat(32));
  const request = requestOf();
  const digest = hexToBytes(byHand(request, DESTINATION, 'b-1'));
  const bytes = secp256k1.sign(digest, secret, { prehash: false, format: 'recovered' });
  const [recovery = 0, ...rs] = bytes;
  const signatureOf = (r: string, s: string, v: number) => `0x${r}${s}${v.toString(16)}`;
  const [r, s] = [bytesToHex(Uint8Array.from(rs.slice(0, 32))), bytesToHex(Uint8Array.from(rs.slice(32)))];
  const signer = `0x${bytesToHex(keccak_256(secp256k1.getPublicKey(secret, false).subarray(1)).subarray(12))}`;
  const recovered = (requesterSignature: string) =>
    requesterOf({ ...request, requesterSignature }, DESTINATION, 'b-1')?.toLowerCase();
  expect(recovered(signatureOf(r, s, 27 + recovery))).toBe(signer);
  // Other spellings of v, as libraries read them: EIP-155, the bare recovery id, and Electrum's.
  for (const v of [recovery, 31 + recovery, 35 + recovery, 37 + recovery, 255])
    expect(recovered(signatureOf(r, s, v).replace(/0x(.{128})(.)$/, '0x$10$2'))).toBeUndefined();
  const half = secp256k1.Point.Fn.ORDER / 2n;
  const word64 = (value: bigint) => value.toString(16).padStart(64, '0');
  expect(recovered(signatureOf(r, word64(half), 27 + recovery))).not.toBeUndefined();
  // One above half the order: its top bit is that of a low s.
  expect(recovered(signatureOf(r, word64(half + 1n), 27 + recovery))).toBeUndefined();
  const high = (secp256k1.Point.Fn.ORDER - BigInt(`0x${s}`)).toString(16).padStart(64, '0');
  expect(recovered(signatureOf(r, high, 28 - recovery))).toBeUndefined();
  expect(recovered('0x')).toBeUndefined();
});

test('sealDigest equals EIP-712 computed by hand', () => {
  const seal = { seq: 10n ** 12n - 1n, previous: 'ab'.repeat(32), content: 'cd'.repeat(32) };
  const wanted = signingHash(
    domainSeparator(1n, 'lab-register'),
    struct(
      'Seal(uint256 seq,bytes32 previous,bytes32 content)',
      word(seal.seq),
      hexToBytes(seal.previous),
      hexToBytes(seal.content),
    ),
  );
  expect(bytesToHex(sealDigest('1', 'lab-register', seal))).toBe(wanted);
});
