import { parse } from '@bufbuild/cel';
import { evaluateCel, evaluateCondition } from '#local/cloud/runtime/cel.ts';
import { unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import type { Claims } from './jwt.ts';
import { StsError } from './sts-error.ts';

/** A workload identity pool provider (https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers). */
export interface Provider {
  readonly projectNumber: string;
  readonly pool: string;
  readonly provider: string;
  readonly issuer: string;
  /** None: the provider's own resource name, with or without `https:`. */
  readonly allowedAudiences: readonly string[];
  /** CEL by target: `google.subject`, `attribute.NAME`. */
  readonly attributeMapping: Readonly<Record<string, string>>;
  readonly attributeCondition: string;
}

export const providerResource = ({ projectNumber, pool, provider }: Omit<Provider, 'issuer'>): string =>
  `//iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}/providers/${provider}`;

const checkCel = (what: string, expression: string): void => {
  try {
    parse(expression);
  } catch (cause) {
    throw new Error(`${what} is not CEL: ${cause instanceof Error ? cause.message : ''}`, { cause });
  }
};

/** Throws on what IAM would refuse at creation, with its limits. */
export const checkProvider = (provider: Provider): void => {
  const refuse = (what: string): never => {
    throw new Error(`provider ${provider.pool}/${provider.provider}: ${what}`);
  };
  for (const id of [provider.pool, provider.provider])
    if (!/^[a-z0-9-]{4,32}$/.test(id) || id.startsWith('gcp-'))
      refuse(`id ${id} must be 4 to 32 of [a-z0-9-], not gcp-…`);
  if (!/^\d+$/.test(provider.projectNumber)) refuse('projectNumber must be a number, not an id');
  if (provider.attributeCondition.length > 4096) refuse('the condition is longer than 4096 characters');
  if (provider.allowedAudiences.length > 10 || provider.allowedAudiences.some((audience) => audience.length > 256))
    refuse('at most 10 audiences of 256 characters');
  const targets = Object.entries(provider.attributeMapping);
  if (targets.length > 51) refuse('more than 50 custom attributes');
  if (provider.attributeMapping['google.subject'] === undefined) refuse('no mapping of google.subject');
  for (const [target, expression] of targets) {
    if (target === 'google.groups') throw unimplemented('sts: mapping of google.groups');
    if (target !== 'google.subject' && !/^attribute\.[a-z0-9_]{1,100}$/.test(target))
      refuse(`unknown target ${target}`);
    if (expression.length > 2048) refuse(`the mapping of ${target} is longer than 2048 characters`);
    checkCel(`the mapping of ${target}`, expression);
  }
  checkCel('the condition', provider.attributeCondition);
};

/** A claim may be anything that JSON can say; CEL sees it as such. */
type CelValue = Parameters<typeof evaluateCel>[1];

const mapped = (target: string, expression: string, context: CelValue): string => {
  try {
    const value = evaluateCel(expression, context);
    if (typeof value === 'string' && value !== '') return value;
  } catch {
    // The same refusal: the claim is missing or of another type.
  }
  throw new StsError('invalid_request', `The mapped attribute ${target} must be a non-empty string.`);
};

export interface Principal {
  readonly subject: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Whom a provider makes of verified claims. Throws StsError. */
export const principalOf = (provider: Provider, assertion: Claims): Principal => {
  // Verified claims came out of JSON.parse, so they are plain JSON.
  const context = { assertion } as unknown as CelValue;
  const values = Object.entries(provider.attributeMapping).map(
    ([target, expression]) => [target, mapped(target, expression, context)] as const,
  );
  const all = Object.fromEntries(values);
  const subject = all['google.subject'] ?? '';
  if (Buffer.byteLength(subject) > 127)
    throw new StsError(
      'invalid_request',
      'The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that is less than 127 bytes.',
    );
  if (Buffer.byteLength(Object.values(all).join('')) > 8192)
    throw new StsError('invalid_request', 'The size of all mapped attributes exceeds the 8192 bytes limit.');
  const attributes = Object.fromEntries(
    values.flatMap(([target, value]) => (target.startsWith('attribute.') ? [[target.slice(10), value]] : [])),
  );
  const allowed = evaluateCondition(provider.attributeCondition, {
    ...context,
    google: { subject },
    attribute: attributes,
  });
  if (!allowed)
    throw new StsError('unauthorized_client', 'The given credential is rejected by the attribute condition.');
  return { subject, attributes };
};
