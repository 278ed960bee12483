import type { Claims } from '#local/cloud/identity/jwt.ts';
import { type Provider, principalOf } from '#local/cloud/identity/provider.ts';
import { block, ofType, type Plan, text, texts } from './plan.ts';

export interface PlannedProvider extends Provider {
  readonly address: string;
  /** The project as the plan names it: id or number. */
  readonly project: string;
}

const strings = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(typeof value === 'object' && value !== null ? value : {}).map(([key, member]) => [
      key,
      String(member),
    ]),
  );

/** The identity providers of a plan, as local STS takes them. */
export const providersOf = (plan: Plan): readonly PlannedProvider[] =>
  ofType(plan, 'google_iam_workload_identity_pool_provider').map(({ address, values }) => ({
    address,
    project: text(values, 'project'),
    // Only the pool's own name holds the number; what is judged here does not depend on it.
    projectNumber: '1',
    pool: text(values, 'workload_identity_pool_id'),
    provider: text(values, 'workload_identity_pool_provider_id'),
    issuer: text(block(values, 'oidc'), 'issuer_uri'),
    allowedAudiences: texts(block(values, 'oidc'), 'allowed_audiences'),
    attributeMapping: strings(values.attribute_mapping),
    attributeCondition: text(values, 'attribute_condition'),
  }));

/** Whether local STS, which evaluates mapping and condition, would make a principal of these claims. */
export const admits = (provider: Provider, claims: Claims): boolean => {
  try {
    principalOf(provider, claims);
    return true;
  } catch {
    return false;
  }
};

/** The parts of a condition that `&&` joins at its top level. */
export const conjuncts = (condition: string): readonly string[] => {
  const parts: string[] = [];
  let [depth, quote, from] = [0, '', 0];
  for (let at = 0; at < condition.length; at += 1) {
    const character = condition.charAt(at);
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === "'" || character === '"') quote = character;
    else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
    else if (depth === 0 && condition.startsWith('&&', at)) {
      parts.push(condition.slice(from, at).trim());
      from = at + 2;
      at += 1;
    }
  }
  return [...parts, condition.slice(from).trim()];
};
