import { KeyturnError } from '#schemas/codes.ts';
import type { Law } from '#schemas/config.ts';
import { walletNamed } from '#schemas/config.ts';
import { requesterOf, typedRequest } from '#schemas/digest.ts';
import { bucketsOf } from '#schemas/names.ts';
import { parseRequest, type TransactionRequest } from '#schemas/request.ts';
import type { Requester } from './api.ts';

/** The request with the requester's signature. Throws BAD_SIGNATURE where the signer signed with another key, or something else. */
export const signed = async (
  law: Law,
  request: TransactionRequest,
  requester: Requester,
): Promise<TransactionRequest> => {
  const address = walletNamed(law, request.wallet)?.address ?? '';
  const { register } = bucketsOf(law.name);
  const { domain, types, message } = typedRequest(request, address, register);
  const typed = { domain: { ...domain, salt: hex(domain.salt) }, types: { Request: types.Request }, message };
  const signature = await requester.signTypedData({ ...typed, primaryType: 'Request' });
  const whole = parseRequest({ ...request, requesterSignature: `${signature}`.toLowerCase() });
  if (requesterOf(whole, address, register) === requester.address) return whole;
  throw new KeyturnError('BAD_SIGNATURE', `the signature is not that of ${requester.address} over this request`, {
    field: 'requesterSignature',
  });
};

const hex = (text: string): `0x${string}` => `0x${text.slice(2)}`;
