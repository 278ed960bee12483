import { TypedDataEncoder, Wallet } from 'ethers';
import { hashTypedData, recoverTypedDataAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { digestOf, requesterOf, type SigningPayload, signingPayload } from '#schemas/digest.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { DESTINATION, requestOf } from '#test/support/law.ts';
import { optional } from '#test/support/optional.ts';

/** Of its exports what is used here. It is not typed, so that a checkout that was not installed anew still passes its types. */
interface SigUtil {
  readonly TypedDataUtils: { eip712Hash(data: unknown, version: 'V4'): Uint8Array };
  signTypedData(over: { readonly privateKey: Buffer; readonly data: unknown; readonly version: 'V4' }): string;
  recoverTypedSignature(over: { readonly data: unknown; readonly signature: string; readonly version: 'V4' }): string;
}
const sigUtil = (await optional('@metamask/eth-sig-util')) as SigUtil | undefined;

const BUCKET = 'prod-register';
const WALLET = '0x4a62316623ad457F02cDC5D997deD67a383EC569';
const KEY = `0x${'5'.repeat(64)}` as const;
const { address } = new Wallet(KEY);

/** As another program reads it: what JSON carried, and nothing more. */
const wired = (request: TransactionRequest): SigningPayload =>
  JSON.parse(JSON.stringify(signingPayload(request, WALLET, BUCKET)));

/** Each library's own types say too little of typed data that are only known when the program runs. */
const loosely = (payload: SigningPayload) => payload as never;

const hashes: Readonly<Record<string, (payload: SigningPayload) => string>> = {
  ethers: ({ domain, types: { EIP712Domain: _, ...types }, message }) =>
    TypedDataEncoder.hash(domain, types as never, message),
  viem: (payload) => hashTypedData(loosely(payload)),
  ...(sigUtil === undefined
    ? {}
    : {
        'eth-sig-util': (payload) =>
          `0x${Buffer.from(sigUtil.TypedDataUtils.eip712Hash(payload, 'V4')).toString('hex')}`,
      }),
};

const signers: Readonly<Record<string, (payload: SigningPayload) => Promise<string>>> = {
  ethers: ({ domain, types: { EIP712Domain: _, ...types }, message }) =>
    new Wallet(KEY).signTypedData(domain, types as never, message),
  viem: (payload) => privateKeyToAccount(KEY).signTypedData(loosely(payload)),
  ...(sigUtil === undefined
    ? {}
    : {
        'eth-sig-util': async (payload) =>
          sigUtil.signTypedData({ privateKey: Buffer.from(KEY.slice(2), 'hex'), data: payload, version: 'V4' }),
      }),
};

const CASES: readonly [string, Partial<TransactionRequest>][] = [
  ['a transfer', {}],
  ['texts that look like hex', { memo: '0xab', reference: '0x12', data: '0xa9059cbb', requester: address }],
  ['letters of other scripts', { memo: 'Grüße, 世界 ✓' }],
  ['an access list', { accessList: `[{"address":"${DESTINATION}","storageKeys":[]}]` }],
  ['the largest chain id that is exact as a number', { chainId: '9007199254740991' }],
  ['a chain id that is not', { chainId: '9007199254740993' }],
  ['the largest chain id', { chainId: '18446744073709551615' }],
  ['a creation', { to: '', data: '0x6000' }],
];

describe.each(CASES)('the typed data of %s', (_, over) => {
  const request = requestOf({ requester: address, ...over });
  const payload = wired(request);

  test.each(Object.keys(hashes))('%s gives the id', (library) => {
    expect(hashes[library]?.(payload)).toBe(`0x${digestOf(request, WALLET, BUCKET)}`);
  });

  test.each(Object.keys(signers))('%s signs it, and the signature counts as it is', async (library) => {
    const requesterSignature = (await signers[library]?.(payload)) ?? '';
    expect(requesterOf({ ...request, requesterSignature }, WALLET, BUCKET)).toBe(address);
  });
});

test('the other libraries read the signature of one as we do', async () => {
  const payload = wired(requestOf({ memo: '0xab', requester: address }));
  const signature = (await signers.ethers?.(payload)) as `0x${string}`;
  expect(await recoverTypedDataAddress({ ...(payload as object), signature } as never)).toBe(address);
  if (sigUtil !== undefined)
    expect(sigUtil.recoverTypedSignature({ data: payload, signature, version: 'V4' })).toBe(address.toLowerCase());
});

test('it is the whole parameter of eth_signTypedData_v4, and JSON of exact values', () => {
  const payload = wired(requestOf());
  expect(Object.keys(payload)).toEqual(['types', 'primaryType', 'domain', 'message']);
  expect(payload.primaryType).toBe('Request');
  expect(payload.types.EIP712Domain).toEqual([
    { name: 'name', type: 'string' },
    { name: 'version', type: 'string' },
    { name: 'chainId', type: 'uint256' },
    { name: 'salt', type: 'bytes32' },
  ]);
  expect(Object.keys(payload.domain)).toEqual(['name', 'version', 'chainId', 'salt']);
  expect(wired(requestOf({ chainId: '1' })).domain.chainId).toBe(1);
  expect(wired(requestOf({ chainId: '9007199254740993' })).domain.chainId).toBe('9007199254740993');
  expect(Object.keys(payload.message).sort()).toEqual((payload.types.Request ?? []).map(({ name }) => name).sort());
  expect(new Set(Object.values(payload.message).map((value) => typeof value))).toEqual(new Set(['string']));
});
