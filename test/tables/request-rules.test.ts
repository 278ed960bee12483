import { Wallet as Signer } from 'ethers';
import { intakeProblem, requestProblem } from '#core/request-rules.ts';
import type { Code } from '#schemas/codes.ts';
import { digestOf } from '#schemas/digest.ts';
import { HOT, LAW, lawTied, lawWith, REGISTER, requestOf, time } from '#test/support/given.ts';
import { table } from '#test/support/table.ts';

interface When {
  /** Fields of the plain request (valid until 2030-01-01T00:00:00Z) that differ. */
  readonly request: Readonly<Record<string, string>>;
  readonly at: string;
}

const problem = (law: typeof LAW, { request, at }: When): `${Code} ${string}` | 'none' => {
  const found = requestProblem(requestOf(request), law, time(at));
  return found === undefined ? 'none' : `${found.code} ${found.field}`;
};

const AT = '2029-12-31T12:00:00Z';
const NOW = { at: AT };

table('request: what the clock says against it', problem, [
  ['A second before validUntil it may be sealed.', LAW, { request: {}, at: '2029-12-31T23:59:59Z' }, 'none'],
  ['At validUntil it may not.', LAW, { request: {}, at: '2030-01-01T00:00:00Z' }, 'EXPIRED validUntil'],
  ['Long after validUntil it may not.', LAW, { request: {}, at: '2035-01-01T00:00:00Z' }, 'EXPIRED validUntil'],
  ['It may stay open for as long as the law says: a day.', LAW, { request: {}, at: '2029-12-31T00:00:00Z' }, 'none'],
  [
    'It may not stay open for a second longer.',
    LAW,
    { request: {}, at: '2029-12-30T23:59:59Z' },
    'VALIDITY_TOO_LONG validUntil',
  ],
  [
    'A law with a shorter limit refuses earlier.',
    lawWith({}, { limits: { maxValiditySeconds: 3600 } }),
    { request: {}, at: '2029-12-31T22:59:59Z' },
    'VALIDITY_TOO_LONG validUntil',
  ],
]);

table('request: what no node would take', problem, [
  ['A wallet that the law does not name.', LAW, { request: { wallet: 'cold' }, ...NOW }, 'UNKNOWN_WALLET wallet'],
  ['The highest nonce that every node counts.', LAW, { request: { nonce: '9007199254740991' }, ...NOW }, 'none'],
  ['A nonce above it.', LAW, { request: { nonce: '9007199254740992' }, ...NOW }, 'BAD_FIELD nonce'],
  ['The gas of a plain transfer.', LAW, { request: { gasLimit: '21000' }, ...NOW }, 'none'],
  ['Less gas than a plain transfer costs.', LAW, { request: { gasLimit: '20999' }, ...NOW }, 'BAD_FIELD gasLimit'],
]);

const ANY = { name: 'any', effect: 'allow', destinations: ['*'] };
const TEN_ETH = '10000000000000000000';

table('request: what the policy says against it', problem, [
  ['The highest value that its rule allows.', LAW, { request: { value: TEN_ETH }, ...NOW }, 'none'],
  ['One wei more.', LAW, { request: { value: '10000000000000000001' }, ...NOW }, 'POLICY_DENIED value'],
  [
    'A value that demands an explicit nonce, without one.',
    lawWith({ policy: { rules: [ANY], pinNonceAboveWei: '999999999999999999' } }),
    { request: {}, ...NOW },
    'NONCE_REQUIRED nonce',
  ],
  [
    'A value that demands an explicit nonce, with one.',
    lawWith({ policy: { rules: [ANY], pinNonceAboveWei: '999999999999999999' } }),
    { request: { nonce: '7' }, ...NOW },
    'none',
  ],
  [
    'No signature, where the policy demands one.',
    lawWith({ policy: { rules: [ANY], requesterSignature: 'required' } }),
    { request: {}, ...NOW },
    'BAD_SIGNATURE requesterSignature',
  ],
  [
    'More than all that a window of time admits.',
    lawWith({ policy: { rules: [ANY], windows: [{ name: 'a-day', seconds: 86_400, maxWei: '1000000000000000000' }] } }),
    { request: {}, ...NOW },
    'POLICY_DENIED value',
  ],
  [
    'The clock is asked before the policy.',
    LAW,
    { request: { value: '10000000000000000001' }, at: '2030-01-01T00:00:00Z' },
    'EXPIRED validUntil',
  ],
]);

/** Signed by this key, whose address the law may tie to a co-signer. */
const KEY = new Signer(`0x${'2'.repeat(64)}`);
const signedProblem = (law: typeof LAW, { at }: { readonly at: string }) => {
  const asked = requestOf({ requester: KEY.address });
  const requesterSignature = KEY.signingKey.sign(`0x${digestOf(asked, HOT.address, REGISTER)}`).serialized;
  const found = requestProblem({ ...asked, requesterSignature }, law, time(at));
  return found === undefined ? 'none' : `${found.code} ${found.field}: ${found.reason}`;
};
const RULE = { name: 'any', effect: 'allow', destinations: ['*'] };

table('request: who asks does not approve', signedProblem, [
  ['Signed by an address that is tied to nobody.', LAW, NOW, 'none'],
  ['Tied to one of three, where two must approve.', lawTied({ alice: [KEY.address] }), NOW, 'none'],
  ['Tied to somebody who holds no share of the wallet.', lawTied({ 'holder-4': [KEY.address] }), NOW, 'none'],
  [
    'Tied to two of three.',
    lawTied({ alice: [KEY.address], bob: [KEY.address] }),
    NOW,
    `TOO_FEW_APPROVERS requester: ${KEY.address} asks for alice, bob, whose share does not count for it: 1 of wallet hot can approve, and 2 must`,
  ],
  [
    'Tied to one of three, where its rule asks for all three.',
    lawTied({ alice: [KEY.address] }, { policy: { rules: [{ ...RULE, approvals: 3 }] } }),
    NOW,
    `TOO_FEW_APPROVERS requester: ${KEY.address} asks for alice, whose share does not count for it: 2 of wallet hot can approve, and 3 must`,
  ],
]);

const named = (law: typeof LAW, { requester }: { readonly requester: string }) =>
  problem(law, { request: { requester }, at: AT });
const TAKEN = 'POLICY_DENIED requester';

table('request: an unsigned name that spells a co-signer', named, [
  ['As it is.', LAW, { requester: 'alice' }, TAKEN],
  ['Of one who holds no share of the wallet.', LAW, { requester: 'holder-16' }, TAKEN],
  ['In other letters.', LAW, { requester: 'ALICE' }, TAKEN],
  ['With a capital i for l, which look alike.', LAW, { requester: 'aIice' }, TAKEN],
  ['With digits for letters.', LAW, { requester: 'a11ce' }, TAKEN],
  ['With 0 for o.', LAW, { requester: 'b0b' }, TAKEN],
  ['With a sign where people see a space.', LAW, { requester: 'alice_' }, TAKEN],
  ['With signs between its parts.', LAW, { requester: 'Holder:3' }, TAKEN],
  ['A longer name.', LAW, { requester: 'alice-bot' }, 'none'],
  ['A shorter one.', LAW, { requester: 'alic' }, 'none'],
  ['One without any letter.', LAW, { requester: '---' }, 'none'],
  ['Another.', LAW, { requester: 'dapp' }, 'none'],
]);

const atIntake = (law: typeof LAW, { request, at }: When): `${Code} ${string}` | 'none' => {
  const found = intakeProblem(requestOf(request), law, time(at));
  return found === undefined ? 'none' : `${found.code} ${found.field}`;
};
const DELAYED = lawWith({
  policy: {
    rules: [{ ...ANY, opaque: true }],
    delays: [{ name: 'hour', seconds: 3600, aboveWei: '1000000000000000000' }],
  },
});
const LARGE = { value: '1000000000000000001' };

table('request: what its delay says against it, at intake alone', atIntake, [
  ['A delay of an hour, and ten minutes more.', DELAYED, { request: LARGE, at: '2029-12-31T22:50:00Z' }, 'none'],
  ['A second less.', DELAYED, { request: LARGE, at: '2029-12-31T22:50:01Z' }, 'VALIDITY_TOO_SHORT validUntil'],
  ['At the amount there is no delay.', DELAYED, { request: {}, at: '2029-12-31T23:59:59Z' }, 'none'],
  ['Another problem comes first.', DELAYED, { request: LARGE, at: '2030-01-01T00:00:00Z' }, 'EXPIRED validUntil'],
  [
    'Another wallet.',
    DELAYED,
    { request: { ...LARGE, wallet: 'cold' }, at: '2029-12-31T23:00:00Z' },
    'UNKNOWN_WALLET wallet',
  ],
]);

table('request: what the image says of the same', problem, [
  ['It has waited: less is left than at intake.', DELAYED, { request: LARGE, at: '2029-12-31T23:59:59Z' }, 'none'],
]);
