import { requestProblem } from '#core/request-rules.ts';
import type { Code } from '#schemas/codes.ts';
import { LAW, lawWith, requestOf, time } from '#test/support/given.ts';
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
