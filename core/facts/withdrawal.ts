import { TypedDataEncoder } from 'ethers';
import { z } from 'zod';
import { signerOf, typedRequest } from '#schemas/digest.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { doubledName } from '#schemas/json-text.ts';
import { REQUEST_FIELDS, type TransactionRequest } from '#schemas/request.ts';
import { LARGEST_MESSAGE } from '#schemas/request-bytes.ts';
import { isSigner } from '#schemas/spellings.ts';

/**
 * How a dApp takes back its own request before it is sealed. It is a message of the same form on the same topic, so a dApp needs no further
 * right. `replaces` is `withdraw:<id>`. wallet, chainId, requester and reference repeat those of the request. requesterSignature is over
 * `Withdrawal` where the request was signed. Everything else is "". It has no id of its own.
 */
export interface Withdrawal {
  readonly id: string;
  readonly wallet: string;
  readonly chainId: string;
  readonly requester: string;
  readonly reference: string;
  readonly requesterSignature: string;
}

const PREFIX = 'withdraw:';
const OWN = ['wallet', 'chainId', 'requester', 'reference', 'requesterSignature', 'replaces'];
const text = z.string().max(256);
const shape = z.strictObject(
  Object.fromEntries(REQUEST_FIELDS.map((field) => [field, OWN.includes(field) ? text : z.literal('')])),
);

/** The withdrawal in a message; undefined where it is none (and perhaps a request). */
export const withdrawalIn = (data: Uint8Array): Withdrawal | undefined => {
  if (data.length > LARGEST_MESSAGE) return undefined;
  try {
    const read = new TextDecoder('utf-8', { fatal: true }).decode(data);
    const { replaces = '', ...rest } = shape.parse(JSON.parse(read));
    // Another reader may see another withdrawal in it.
    if (doubledName(read) !== undefined) return undefined;
    const [, id] = new RegExp(`^${PREFIX}([0-9a-f]{64})$`).exec(replaces) ?? [];
    if (id === undefined) return undefined;
    const { wallet = '', chainId = '', requester = '', reference = '', requesterSignature = '' } = rest;
    return { id, wallet, chainId, requester, reference, requesterSignature };
  } catch {
    return undefined;
  }
};

/** What the dApp publishes. */
export const withdrawalMessage = (id: string, request: TransactionRequest, requesterSignature = ''): Uint8Array => {
  const { wallet, chainId, requester, reference } = request;
  const given: Readonly<Record<string, string>> = {
    ...{ wallet, chainId, requester, reference, requesterSignature },
    replaces: `${PREFIX}${id}`,
  };
  const fields = REQUEST_FIELDS.map((field) => [field, given[field] ?? '']);
  return new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields)));
};

const TYPES = { Withdrawal: [{ name: 'request', type: 'bytes32' }] };

/** What a requester signs to withdraw a signed request (eth_signTypedData_v4): same domain as the request. */
export const typedWithdrawal = ({ id, walletAddress, request }: RequestFact, registerBucket: string) => ({
  domain: typedRequest(request, walletAddress, registerBucket).domain,
  types: TYPES,
  message: { request: `0x${id}` },
});

export const withdrawalDigest = (fact: RequestFact, registerBucket: string): string => {
  const { domain, types, message } = typedWithdrawal(fact, registerBucket);
  return TypedDataEncoder.hash(domain, types, message);
};

/**
 * May the sender of this withdraw the request? If the requester is an address, only its key may withdraw, whatever is stored as the
 * request's signature. Otherwise anyone who knows requester, reference and id may. A name is only a claim, so the withdrawal needs no more
 * proof than the request did.
 */
export const mayWithdraw = (withdrawal: Withdrawal, fact: RequestFact, registerBucket: string): boolean => {
  const { request } = fact;
  const names = ['wallet', 'chainId', 'requester', 'reference'] as const;
  if (fact.id !== withdrawal.id || names.some((name) => request[name] !== withdrawal[name])) return false;
  if (request.requesterSignature === '' && !isSigner(request.requester)) return true;
  return signerOf(typedWithdrawal(fact, registerBucket), withdrawal.requesterSignature) === request.requester;
};
