import { z } from 'zod';
import { type Caller, callerOn, type Limits } from '#adapters/calls/deadline.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { boundedRequest } from './rpc-http.ts';

/** One try: a second one could ask a person twice. A person may have to press a button. */
const ONE_PERSON: Limits = { attemptMs: 120_000, attempts: 1 };

const answerSchema = z.object({
  result: z.string().max(1024).optional(),
  error: z.object({ code: z.number() }).nullish(),
});

/**
 * Asks a signer at a url for eth_signTypedData_v4 by one of its accounts. `payload`: JSON text, as wallets take it. Its answer is not checked
 * here. Throws RPC_REFUSED, UNAVAILABLE, DEADLINE; no message shows the url, which may hold a key, nor the signer's own words.
 */
export const signTypedDataAt = (
  url: string,
  account: string,
  payload: string,
  call: Caller = callerOn(),
): Promise<string> => {
  const named = { service: 'signer', call: 'eth_signTypedData_v4', resource: account };
  return call(named, ONE_PERSON, async (_, ms) => {
    const request = boundedRequest(url, ms - 1_000);
    request.setHeader('content-type', 'application/json');
    request.body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: named.call, params: [account, payload] });
    const response = await request.send();
    const answer = answerSchema.safeParse(jsonOf(response.bodyText));
    const { result, error } = answer.data ?? {};
    if (error !== undefined && error !== null)
      throw new KeyturnError('RPC_REFUSED', `the signer does not sign for ${account} (its code ${error.code})`);
    if (!response.ok() || result === undefined || !/^0x[0-9a-fA-F]{128,130}$/.test(result))
      throw new KeyturnError('UNAVAILABLE', `the signer gave no signature (HTTP ${response.statusCode})`);
    return result;
  });
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
