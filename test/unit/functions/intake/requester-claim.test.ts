import { Wallet as Signer } from 'ethers';
import { describe, expect, test } from 'vitest';
import { mayWithdraw, typedWithdrawal, withdrawalIn, withdrawalMessage } from '#core/facts/withdrawal.ts';
import { requestProblem } from '#core/request-rules.ts';
import { requestObject } from '#schemas/names.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** The signature is no part of the id: an unsigned copy of a signed request, published first, must not own the request (threat 56). */
const signer = new Signer(`0x${'2'.repeat(64)}`);

const signedAs = (s: Pipeline, requester: string, fields: Record<string, unknown> = {}) => {
  const plain = s.requestOf({ ...fields, requester });
  const id = s.idOf(plain);
  return { id, plain, signed: { ...plain, requesterSignature: signer.signingKey.sign(`0x${id}`).serialized } };
};
const factOf = (s: Pipeline, id: string, request: ReturnType<Pipeline['requestOf']>) => ({
  id,
  walletAddress: s.wallet.address,
  lawHash: s.config.lawHash,
  request,
});
const refusals = (s: Pipeline): unknown[] =>
  s.publisher.sent
    .filter(({ message }) => message.attributes['ce-type'] === 'keyturn.request.refused')
    .map(({ message }) => JSON.parse(Buffer.from(message.data).toString()));

describe('threat 56: given a requester that is an address, where signatures are optional', () => {
  test.each([
    ['as it is', signer.address],
    ['in lower case', signer.address.toLowerCase()],
    ['in upper case', `0X${signer.address.slice(2).toUpperCase()}`],
  ])('an unsigned request is refused: %s', async (_, requester) => {
    const s = stage();
    const { id, plain } = signedAs(s, requester);
    await s.deliver(s.messageOf(plain));
    expect(s.fact(id, 'request')).toBeUndefined();
    expect(refusals(s)).toMatchObject([{ code: 'BAD_SIGNATURE', field: 'requesterSignature' }]);
  });

  test('an unsigned copy that comes first takes nothing: the signed one is accepted, and is its own', async () => {
    const s = stage();
    const { id, plain, signed } = signedAs(s, signer.address);
    await s.deliver(s.messageOf(plain));
    await s.deliver(s.messageOf(signed));
    expect(s.fact(id, 'request')).toMatchObject({ request: signed });
    await s.deliver(withdrawalMessage(id, plain));
    expect(s.fact(id, 'withdrawn')).toBeUndefined();
  });

  test('an unsigned copy that a function stored is not signed for, and withdrawn by the key alone', async () => {
    const s = stage();
    const { id, plain, signed } = signedAs(s, signer.address);
    await s.deliver(s.messageOf(signed));
    await s.approve(id);
    const forged = factOf(s, id, plain);
    s.storage.put(s.buckets.results, requestObject(id), Buffer.from(JSON.stringify(forged)));
    await s.turn();
    expect(s.chain().sends).toEqual([]);
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'refused', code: 'BAD_SIGNATURE' });
    const withdraws = (signature: string): boolean => {
      const withdrawal = withdrawalIn(withdrawalMessage(id, plain, signature));
      return withdrawal !== undefined && mayWithdraw(withdrawal, forged, s.buckets.register);
    };
    const { domain, types, message } = typedWithdrawal(forged, s.buckets.register);
    expect([withdraws(''), withdraws(await signer.signTypedData(domain, types, message))]).toEqual([false, true]);
  });
});

test.each(['dapp', '0x', `0x${'1'.repeat(39)}`, `0x${'1'.repeat(41)}`, `x${'1'.repeat(40)}`])(
  'a requester that is no address is a name, and needs no signature: %s',
  (requester) => {
    const s = stage();
    expect(requestProblem(s.requestOf({ requester }), s.config.law, s.clock.now())).toBeUndefined();
  },
);

test.each(['alice', 'ALICE', 'a1ice', 'alice.', 'b0b'])(
  'threat 77: an unsigned request by the name of a co-signer is refused: %s',
  async (requester) => {
    const s = stage();
    const plain = s.requestOf({ requester });
    await s.deliver(s.messageOf(plain));
    expect(s.fact(s.idOf(plain), 'request')).toBeUndefined();
    expect(refusals(s)).toMatchObject([{ code: 'POLICY_DENIED', field: 'requester' }]);
  },
);
