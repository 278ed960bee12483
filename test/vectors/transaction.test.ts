import { getAddress, getBytes } from 'ethers';
import { describe, expect, test } from 'vitest';
import { addressOfKey } from '#core/shares/address.ts';
import { admittedGas, intrinsicGas } from '#core/transaction/gas-schedule.ts';
import { rungsOf } from '#core/transaction/transaction.ts';
import { address } from '#schemas/spellings.ts';
import { requestOf } from '#test/support/law.ts';
import { signDigest, signRung } from '#test/support/sign.ts';

/** The top rung carries exactly the ceilings of the request, so it is the transaction that the outside author signed. */
const topOf = (over: Record<string, string>, nonce: bigint, key: string) => {
  const rung = rungsOf(requestOf(over), nonce).at(-1);
  if (rung === undefined) throw new Error('no rung');
  const secret = getBytes(key);
  return { rung, signed: signRung(rung, secret, addressOfKey(secret)), from: addressOfKey(secret) };
};

// EIP-155, section "Example": https://eips.ethereum.org/EIPS/eip-155
test('EIP-155: the worked example', () => {
  const { rung, signed, from } = topOf(
    {
      type: '0',
      chainId: '1',
      to: '0x3535353535353535353535353535353535353535',
      value: '1000000000000000000',
      gasLimit: '21000',
      maxFeePerGas: '20000000000',
      maxPriorityFeePerGas: '',
    },
    9n,
    `0x${'46'.repeat(32)}`,
  );
  expect(rung.unsigned).toBe(
    '0xec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080',
  );
  expect(rung.unsignedHash).toBe('0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53');
  expect(from).toBe('0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F');
  expect(signed.raw).toBe(
    '0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83',
  );
});

// EIP-2930: INFURA/go-ethlibs eth/transaction_signing_test.go, as cited by ethereumjs-monorepo packages/tx/test/eip2930.spec.ts
test('EIP-2930: access list, and a chain id above 2^53', () => {
  const { signed } = topOf(
    {
      type: '1',
      chainId: BigInt('0x796f6c6f763378').toString(),
      to: getAddress('0xdf0a88b2b68c673713a8ec826003676f272e3573'),
      value: '1',
      gasLimit: '25300',
      maxFeePerGas: '1000000000',
      maxPriorityFeePerGas: '',
      accessList: `[{"address":"0x0000000000000000000000000000000000001337","storageKeys":["0x${'0'.repeat(64)}"]}]`,
    },
    0n,
    '0xfad9c8855b740a0b7ed4c221dbad0f33a83a49cad6b3fe8d5817ac83d38b6a19',
  );
  expect(signed).toMatchObject({
    hash: '0xbbd570a3c6acc9bb7da0d5c0322fe4ea2a300db80226f7df4fef39b2d6649eec',
    raw: '0x01f8a587796f6c6f76337880843b9aca008262d494df0a88b2b68c673713a8ec826003676f272e35730180f838f7940000000000000000000000000000000000001337e1a0000000000000000000000000000000000000000000000000000000000000000080a0294ac94077b35057971e6b4b06dfdf55a6fbed819133a6c1d31e187f1bca938da00be950468ba1c25a5cb50e9f6d8aa13c8cd21f24ba909402775b262ac76d374d',
  });
});

// EIP-2718 envelope of type 1: TestEIP2718TransactionSigHash of https://github.com/ethereum/go-ethereum/blob/master/core/types/transaction_test.go
test('EIP-2718: signing hash of a type 1 transaction without access list', () => {
  const request = requestOf({
    type: '1',
    chainId: '1',
    to: getAddress('0xb94f5374fce5edbc8e2a8697c15331677e6ebf0b'),
    value: '10',
    gasLimit: '25000',
    maxFeePerGas: '1',
    maxPriorityFeePerGas: '',
    data: '0x5544',
  });
  expect(rungsOf(request, 3n).map(({ unsignedHash }) => unsignedHash)).toEqual([
    '0x49b486f0ec0a60dfbbca2d30cb07c9e8ffb2a2ff41f29a1ab6737475f6ff69f3',
  ]);
});

// EIP-1559: ethereumjs-monorepo packages/tx/test/json/eip1559.json (there each inside an RLP string; chain id 0x1e8e)
const KEY_1559 = '0x8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63';
test.each([
  [
    { nonce: 819n, value: '43203529', gasLimit: '35552', maxPriorityFeePerGas: '75853', maxFeePerGas: '121212' },
    '0x02f870821e8e8203338301284d8301d97c828ae094000000000000000000000000000000000000aaaa8402933bc980c080a0d067f2167008c59219652f91cbf8788dbca5f771f6e91e2b7657e85b78b472e0a01d305af9fe81fdba43f0dfcd400ed24dcace0a7e30d4e85701dcaaf484cd079e',
  ],
  [
    { nonce: 353n, value: '61901619', gasLimit: '32593', maxPriorityFeePerGas: '38850', maxFeePerGas: '136295' },
    '0x02f86f821e8e8201618297c283021467827f5194000000000000000000000000000000000000aaaa8403b08b3380c001a004205678f13fc1d7b10feea6513dfa76e24418b6e08097d95c6f93a3b64e536da01d45ad61bfece43862de2cce7d2575a8c1d08c26c87f3cb5f26d7b0be54a91b2',
  ],
  [
    { nonce: 709n, value: '6478043', gasLimit: '28335', maxPriorityFeePerGas: '86252', maxFeePerGas: '94636' },
    '0x02f86f821e8e8202c5830150ec830171ac826eaf94000000000000000000000000000000000000aaaa8362d8db80c001a09880d133cd636f8c8dce32e2c43494b9f2dc000eee8dc61931e09f866ed04b46a00e44d5c503c7f08b36c8b062c32a963f3dd20a71e95e3d903bfbe7f4da47cd47',
  ],
])('EIP-1559: %o', ({ nonce, ...fields }, raw) => {
  const to = getAddress('0x000000000000000000000000000000000000aaaa');
  expect(topOf({ chainId: '7822', to, ...fields }, nonce, KEY_1559).signed.raw).toBe(raw);
});

// RFC 6979 over secp256k1, low s: the widely copied vectors of trezor-crypto and bitcoinjs ("Satoshi Nakamoto", private key 1)
test('RFC 6979: the nonce is a function of key and message', () => {
  const secret = getBytes(`0x${'0'.repeat(63)}1`);
  // sha256 of "Satoshi Nakamoto": the vector hashes with sha256, keyturn with keccak; what is signed is 32 bytes either way.
  const digest = getBytes('0xa0dc65ffca799873cbea0ac274015b9526505daaaed385155425f7337704883e');
  expect(signDigest(digest, secret, addressOfKey(secret)).slice(0, -2)).toBe(
    '0x934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5',
  );
  expect(addressOfKey(secret)).toBe('0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf');
});

describe('intrinsic gas, as ethereum/tests TransactionTests state it', () => {
  const to = getAddress('0x095e7baea6a6c7c4c2dfeb977efac326af552d87');
  const listed = getAddress('0xa95e7baea6a6c7c4c2dfeb977efac326af552d87');

  test.each([
    [
      'ttEIP2028/DataTestSufficientGas2028',
      { to, data: '0xdeadbeef0000000101010010101010101010101010101aaabbbbbbcccccccddddddddd' },
      0x5408n,
    ],
    ['ttEIP3860/DataTestEnoughGasInitCode (Shanghai)', { to: '', data: `0x${'00'.repeat(64)}` }, 0xd00cn],
    [
      'ttEIP2930/accessListStorage32Bytes',
      { to, accessList: `[{"address":"${listed}","storageKeys":["0x${'f'.repeat(64)}"]}]` },
      0x62d4n,
    ],
  ])('%s', (_, over, gas) => {
    expect(intrinsicGas(requestOf(over), listed, 'osaka')).toBe(gas);
  });

  // EIP-7623: max(21000 + 4 × tokens + creation, 21000 + 10 × tokens), worked here for its own constants.
  test('EIP-7623: the floor for calldata', () => {
    expect(admittedGas(requestOf({ data: `0x${'ff'.repeat(100)}` }), listed, 'osaka')).toBe(21_000n + 4000n);
    const creation = requestOf({ to: '', data: `0x${'ff'.repeat(100)}` });
    expect(admittedGas(creation, listed, 'osaka')).toBe(21_000n + 1600n + 32_000n + 8n);
  });
});

// EIP-55, section "Test Cases": https://eips.ethereum.org/EIPS/eip-55
describe('EIP-55', () => {
  const examples = [
    '0x52908400098527886E0F7030069857D2E4169EE7',
    '0x8617E340B3D01FA5F11F306F4090FD50E238070D',
    '0xde709f2102306220921060314715629080e2fb77',
    '0x27b1fdb04752bbc536007a920d24acb045561c26',
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
    '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
    '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
  ];
  test.each(examples)('%s', (example) => {
    expect(address(example)).toBeUndefined();
  });

  test.each(examples)('%s with one letter in the other case', (example) => {
    const at = example.search(/[a-fA-F]/);
    const letter = example[at] ?? '';
    const turned = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
    expect(address(example.slice(0, at) + turned + example.slice(at + 1))).toBe('must carry the EIP-55 checksum');
  });
});
