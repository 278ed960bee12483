import { ATTESTATION_ISSUER } from '#local/cloud/identity/instance-claims.ts';
import { checkProvider, principalOf } from '#local/cloud/identity/provider.ts';
import { attestationMapping, conditionWanted } from '#schemas/attestation-condition.ts';
import type { Law } from '#schemas/config.ts';
import { admits, type PlannedProvider, providersOf } from '../providers.ts';
import { badTokens, DIGEST, goodTokens } from '../tokens.ts';
import type { Policy } from './finding.ts';

export const poolsAreThoseOfTheLaw: Policy = ({ plan, config: { law } }) => {
  const wanted = [law.operator.identityProvider, ...law.coSigners.map((one) => one.identityProvider)].map((name) =>
    name.replace(/^.*\/workloadIdentityPools\/([^/]+)\/providers\/([^/]+)$/, '$1/$2'),
  );
  const have = providersOf(plan).map(({ pool, provider }) => `${pool}/${provider}`);
  return [
    ...wanted.filter((name) => !have.includes(name)).map((name) => `no provider ${name}, which the law names`),
    ...have.filter((name) => !wanted.includes(name)).map((name) => `provider ${name}: the law names no such one`),
  ];
};

const limits = (provider: PlannedProvider): readonly string[] => {
  try {
    checkProvider(provider);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
};

const subjectOf = (provider: PlannedProvider, law: Law): readonly string[] => {
  const [good] = goodTokens(law);
  if (good === undefined || !admits(provider, good.claims)) return [];
  const { subject, attributes } = principalOf(provider, good.claims);
  return [
    ...(Buffer.byteLength(subject) <= 127 ? [] : [`the subject has ${Buffer.byteLength(subject)} bytes`]),
    ...(attributes.image_digest === DIGEST ? [] : ['attribute.image_digest is not the digest of the image']),
  ];
};

/** What the texts of a provider let in and keep out; worked out once for the many pools and plans that say the same. */
const judged = new Map<string, readonly string[]>();

const judgement = (provider: PlannedProvider, law: Law, lawHash: string): readonly string[] => {
  const { attributeCondition, attributeMapping } = provider;
  const key = JSON.stringify([lawHash, attributeCondition, attributeMapping]);
  const known = judged.get(key);
  if (known !== undefined) return known;
  const found = [
    ...subjectOf(provider, law),
    ...goodTokens(law).flatMap(({ what, claims }) => (admits(provider, claims) ? [] : [`keeps out ${what}`])),
    ...badTokens(law).flatMap(({ what, claims }) => (admits(provider, claims) ? [`lets in ${what}`] : [])),
  ];
  judged.set(key, found);
  return found;
};

/** Every pool believes the launcher's tokens of the right VM, and no other token: the plan's own text, evaluated by local STS. */
export const conditionHolds: Policy = ({ plan, config: { law, lawHash } }) =>
  providersOf(plan).flatMap((provider) => {
    const mapping = (of: Readonly<Record<string, string>>): string => JSON.stringify(Object.entries(of).sort());
    const checks: readonly (readonly [boolean, string])[] = [
      [provider.issuer === ATTESTATION_ISSUER, `the issuer must be ${ATTESTATION_ISSUER}`],
      [
        provider.allowedAudiences.join() === 'https://sts.googleapis.com',
        'the audience must be https://sts.googleapis.com, which the launcher writes into its token',
      ],
      [
        provider.attributeCondition === conditionWanted(law),
        'the condition is not that of schemas/attestation-condition.ts',
      ],
      [
        mapping(provider.attributeMapping) === mapping(attestationMapping()),
        'the mapping is not that of schemas/attestation-condition.ts',
      ],
    ];
    const texts = checks.flatMap(([holds, why]) => (holds ? [] : [why]));
    return [...limits(provider), ...texts, ...judgement(provider, law, lawHash)].map(
      (why) => `${provider.address}: ${why}`,
    );
  });
