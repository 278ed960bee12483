import { createHmac, createPublicKey } from 'node:crypto';
import { type Claims, signJwt } from '#local/cloud/identity/jwt.ts';
import type { Law } from '#schemas/config.ts';
import { badChanges, type Change, changed } from '../../terraform/tokens.ts';
import { type Mint, signed } from './minting.ts';

/** One machine whose token differs in one thing from one that opens everything. */
export interface Row {
  readonly what: string;
  readonly mint: Mint;
  /** What STS answers, and the code that the machine's last line says. */
  readonly sts: RegExp;
  readonly code: 'ATTESTATION_REFUSED' | 'PERMISSION_DENIED';
  /** What that line says of it. */
  readonly reason: RegExp;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = (claims: Claims, name: string): number => Number(claims[name]);

/** By the attestation service, with claims that it would not give this machine. */
const claiming =
  (change: Change): Mint =>
  (claims, { service }) =>
    signed(service, changed(claims, change));

/** Claims that make the name of the principal: without them there is no one whom the condition could admit. */
const MAPPED = /^submods(\.container(\.image_digest)?|\.gce(\.project_number|\.instance_id)?)?$/;
const NO_NAME = /^(no .+|.+ of (null|[0-9]+))$/;

const refusedClaim = (change: Change): Row => {
  const isNameless = MAPPED.test(change.path) && NO_NAME.test(change.what);
  return {
    ...{ what: change.what, mint: claiming(change), code: 'ATTESTATION_REFUSED' },
    sts: isNameless
      ? /^invalid_request: The mapped attribute \S+ must be a non-empty string/
      : /^unauthorized_client: The given credential is rejected by the attribute condition/,
    reason: isNameless ? /HTTP 400 invalid_request$/ : /HTTP 400 unauthorized_client$/,
  };
};

const ungranted = (what: string, sts: RegExp, mint: Mint): Row => ({
  ...{ what, mint, sts, code: 'ATTESTATION_REFUSED' },
  reason: /HTTP 400 invalid_grant$/,
});

/** What is no claim about the machine: who says it, for whom, and when. */
const issuer: readonly Row[] = [
  ...[
    ['another issuer', 'https://accounts.google.com'],
    ['an issuer with a slash more', 'https://confidentialcomputing.googleapis.com/'],
    ['no issuer', undefined],
    ['issuer of null', null],
  ].map(([what, value]) =>
    ungranted(`${what}`, /^invalid_grant: The issuer in ID Token/, claiming({ what: `${what}`, path: 'iss', value })),
  ),
  ...[
    ['another audience', 'https://sts.example'],
    ['the audience of the evidence', 'keyturn/v1/seal'],
    ['an audience with a slash more', 'https://sts.googleapis.com/'],
    ['a list of other audiences', ['https://a.example', 'https://b.example']],
  ].map(([what, value]) =>
    ungranted(`${what}`, /^invalid_grant: The audience in ID Token/, claiming({ what: `${what}`, path: 'aud', value })),
  ),
  ...(['aud', 'exp', 'iat'] as const).flatMap((path) =>
    [
      [`no ${path}`, undefined],
      [`${path} of null`, null],
      [`${path} of another type`, path === 'aud' ? 1 : '2000000000'],
    ].map(([what, value]) =>
      ungranted(`${what}`, new RegExp(`^invalid_grant: Invalid claim ${path}`), claiming({ what: '', path, value })),
    ),
  ),
];

const time: readonly Row[] = [
  ungranted('a token that expired a second ago', /is stale to sign-in/, (claims, { service }) => {
    const [iat, exp] = [seconds(claims, 'iat') - 3601, seconds(claims, 'iat') - 1];
    return signed(service, { ...claims, iat, nbf: iat, exp });
  }),
  ungranted('a token of an hour from now', /is not valid yet/, (claims, { service }) => {
    const [iat, exp] = [seconds(claims, 'iat') + 3600, seconds(claims, 'exp') + 3600];
    return signed(service, { ...claims, iat, nbf: iat, exp });
  }),
  ungranted('a token that is not valid before an hour from now', /is not valid yet/, (claims, { service }) =>
    signed(service, { ...claims, nbf: seconds(claims, 'iat') + 3600 }),
  ),
];

const WRONG = /^invalid_grant: Unable to verify the ID Token: the signature is wrong/;
const ALGORITHM = /^invalid_grant: Unable to verify the ID Token: the algorithm is not RS256/;

const signature: readonly Row[] = [
  ungranted(
    'the key of a stranger',
    /Unable to verify the ID Token: signed by an unknown key/,
    (claims, { stranger }) => signed(stranger, claims),
  ),
  ungranted('the key of a stranger, by the name of the service', WRONG, (claims, { stranger, service }) =>
    signJwt(stranger.privateKey, { kid: service.jwk.kid }, claims),
  ),
  ungranted('a claim that was changed after it was signed', WRONG, (claims, { service }) => {
    const [head, , end] = signed(service, claims).split('.');
    return [head, part({ ...claims, secboot: true, dbgstat: 'enabled' }), end].join('.');
  }),
  ungranted('no signature, and an algorithm of none', ALGORITHM, (claims, { service }) =>
    [part({ alg: 'none', typ: 'JWT', kid: service.jwk.kid }), part(claims), 'AA'].join('.'),
  ),
  ungranted('a MAC under the public key of the service', ALGORITHM, (claims, { service }) => {
    const text = [part({ alg: 'HS256', typ: 'JWT', kid: service.jwk.kid }), part(claims)].join('.');
    const key = createPublicKey({ key: { ...service.jwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    return [text, createHmac('sha256', key).update(text).digest('base64url')].join('.');
  }),
];

/** The one claim that no condition asks for: rights name it. Such a machine has an identity, and it opens nothing. */
const digest: Row = {
  what: 'another image',
  mint: claiming({ what: '', path: 'submods.container.image_digest', value: `sha256:${'ef'.repeat(32)}` }),
  ...{ sts: /^let in$/, code: 'PERMISSION_DENIED', reason: /lab-work\/operations\.json/ },
};

export const claimRows = (law: Law): readonly Row[] => [
  ...badChanges(law).map(refusedClaim),
  ...issuer,
  ...time,
  ...signature,
  digest,
];

/** What may differ: a machine with such a token works. */
export const GOOD: readonly Change[] = [
  { what: 'a machine on TDX', path: 'hwmodel', value: 'GCP_INTEL_TDX' },
  { what: 'no override of the command', path: 'submods.container.cmd_override' },
  { what: 'overrides of null', path: 'submods.container.cmd_override', value: null },
];
