import type { IdentityProvider } from '#cli/app/session.ts';
import { imageNameOf } from '#cli/deploy/image-context.ts';
import { clausesWanted } from '#schemas/attestation-condition.ts';
import type { Law, Operations } from '#schemas/config.ts';
import { admits, clausesOf, evaluated } from './cel.ts';
import { type Check, each, type Findings, ok, onlyInCloud, wrong } from './finding.ts';
import { badTokens, type Claims, claimsOf, goodTokens, PURPOSES, type Specimen } from './tokens.ts';

const ISSUER = 'https://confidentialcomputing.googleapis.com';
const AUDIENCE = 'https://sts.googleapis.com';
const REMEDY = 'Apply the Terraform module attested-pool to it, with the project number and account of the law.';
const LARGEST_SUBJECT = 127;

/** The clause that should have refused it and did not, as it stands there, or that there is none; and what it should be. */
const letsIn = (condition: string, { betrayedBy }: Specimen, law: Law): string => {
  const reads = (clause: string): boolean => betrayedBy.some((claim) => new RegExp(`\\b${claim}\\b`).test(clause));
  const reading = clausesOf(condition).filter(reads);
  const found =
    reading.length > 0
      ? `by the clause ${reading.join(' and ')}`
      : `no clause asks for ${betrayedBy.map((claim) => PURPOSES[claim]).join(' or ')}`;
  return `${found}; it should say ${clausesWanted(law).filter(reads).join(' or ')}`;
};

/** Which clauses refuse a token that must get in. */
const keepsOut = (condition: string, claims: Claims): string => {
  const refusing = clausesOf(condition).filter((clause) => !admits(clause, { assertion: claims }));
  return refusing.length > 0 ? refusing.join(' and ') : condition;
};

const mapped = (mapping: Readonly<Record<string, string>>, target: string, claims: Claims): string | undefined => {
  const expression = mapping[target];
  if (expression === undefined) return undefined;
  try {
    const value = evaluated(expression, { assertion: claims });
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
};

const mappingFindings = ({ mapping }: IdentityProvider, law: Law, digest: string): readonly string[] => {
  const claims = claimsOf(law, digest);
  const other = `sha256:${'7'.repeat(64)}`;
  const subject = mapped(mapping, 'google.subject', claims);
  const image = (of: string) => mapped(mapping, 'attribute.image_digest', claimsOf(law, of));
  return [
    ...(subject === undefined || subject === ''
      ? ['google.subject is mapped to nothing: no token gets in']
      : Buffer.byteLength(subject) > LARGEST_SUBJECT
        ? [`google.subject has ${Buffer.byteLength(subject)} bytes, and STS takes ${LARGEST_SUBJECT}: no token gets in`]
        : []),
    ...(image(digest) === digest && image(other) === other
      ? []
      : [
          `attribute.image_digest is mapped to ${mapping['attribute.image_digest'] ?? 'nothing'}, not to the digest of the image: grants to one image would hold for others`,
        ]),
  ];
};

/**
 * Whether a provider lets in the workload and nothing else. Its condition and mapping are evaluated, as STS evaluates them, against tokens
 * made from the law. Each bad token differs from the good one in one thing.
 */
export const providerFindings = (
  name: string,
  provider: IdentityProvider,
  law: Law,
  { image, confidentialType }: Pick<Operations, 'image' | 'confidentialType'>,
): Findings => {
  const { digest } = imageNameOf(image);
  const say = (what: string) => wrong(`${name}: ${what}`, REMEDY);
  if (provider.disabled) return [say('is disabled: no machine can start')];
  if (provider.issuer !== ISSUER) return [say(`trusts the issuer ${provider.issuer || '(none)'}`)];
  const { condition } = provider;
  const bad = badTokens(law, digest);
  if (condition === '') return [say('has no condition: any Confidential Space VM of anybody gets in')];
  const problems = [
    ...(provider.audiences.includes(AUDIENCE) ? [] : [`does not take tokens for ${AUDIENCE}: no machine can start`]),
    ...mappingFindings(provider, law, digest),
    ...goodTokens(law, digest, confidentialType).flatMap(({ what, claims }) =>
      admits(condition, { assertion: claims }) ? [] : [`keeps out ${what}: ${keepsOut(condition, claims)}`],
    ),
    ...bad.flatMap((one) =>
      admits(condition, { assertion: one.claims }) ? [`lets in ${one.what}: ${letsIn(condition, one, law)}`] : [],
    ),
  ];
  return problems.length > 0
    ? problems.map(say)
    : [ok(`${name}: lets in the workload, and none of ${bad.length} machines that differ from it in one thing`)];
};

const providersOf = (law: Law): readonly string[] => [
  ...new Set([law.operator, ...law.coSigners].map(({ identityProvider }) => identityProvider)),
];

const providers: Check = {
  area: 'identity',
  look: onlyInCloud('identity providers', async ({ deployment, ports }) => {
    const { law, operations } = deployment.config;
    const inspector = await ports.inspector();
    return each(
      providersOf(law),
      (name) => ({ name, needs: 'iam.workloadIdentityPoolProviders.get' }),
      async (name) => providerFindings(name, await inspector.identityProvider(name), law, operations),
    );
  }),
};

export const identityChecks: readonly Check[] = [providers];
