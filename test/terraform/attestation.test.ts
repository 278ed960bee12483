import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { instanceResource } from '#adapters/compute/instance-resource.ts';
import { principalOf } from '#local/cloud/identity/provider.ts';
import { ALLOWED_ENV, conditionWanted } from '#schemas/attestation-condition.ts';
import { imageSettings } from '../../build/build.ts';
import { WORKLOAD_ENVIRONMENT } from './policies/environment.ts';
import { admits, conjuncts, providersOf } from './providers.ts';
import { results, SKIPPED } from './results.ts';
import { EXAMPLES, exampleConfig, subjectOf } from './subject.ts';
import { badTokens, DIGEST, goodTokens } from './tokens.ts';
import { ROOT } from './used-types.ts';

const dockerfile = imageSettings(readFileSync(`${ROOT}workload/Dockerfile`, 'utf8'));

describe.skipIf(results === undefined).each(EXAMPLES)(`attestation in the plan of examples/%s${SKIPPED}`, (example) => {
  if (results === undefined) return;
  const { plan, config } = subjectOf(results, example);
  const { law } = config;
  const providers = providersOf(plan);
  const [provider] = providers;
  const [good, bad] = [goodTokens(law), badTokens(law)];

  it('has a pool of the operator and one of each co-signer, which ask for the same', () => {
    expect(providers).toHaveLength(1 + law.coSigners.length);
    const texts = providers.map(({ attributeCondition, attributeMapping }) =>
      JSON.stringify([attributeCondition, attributeMapping]),
    );
    expect(new Set(texts).size).toBe(1);
  });

  describe.skipIf(provider === undefined)('condition and mapping', () => {
    if (provider === undefined) return;
    it('are those that the local cloud runs under', () => {
      expect(provider.attributeCondition).toBe(conditionWanted(law));
      expect(provider.attributeCondition.length).toBeLessThanOrEqual(4096);
    });

    it.each(good)('lets in $what', ({ claims }) => {
      const { subject, attributes } = principalOf(provider, claims);
      expect(Buffer.byteLength(subject)).toBeLessThanOrEqual(127);
      expect(attributes).toEqual({ image_digest: DIGEST });
    });

    it.each(bad)('keeps out $what', ({ claims }) => {
      expect(admits(provider, claims)).toBe(false);
    });

    it.each(conjuncts(provider.attributeCondition))('needs the clause %s', (clause) => {
      const rest = conjuncts(provider.attributeCondition).filter((each) => each !== clause);
      const weaker = { ...provider, attributeCondition: rest.join(' && ') };
      const more = bad.filter(({ claims }) => admits(weaker, claims));
      expect(more.map(({ what }) => what)).not.toEqual([]);
    });
  });
});

describe('the environment of the workload', () => {
  it('is KEYTURN_TURN from outside and what the image sets itself', () => {
    const set = [...ALLOWED_ENV, ...Object.keys(dockerfile.env)].filter((name) => name.startsWith('KEYTURN_'));
    expect(set.sort()).toEqual(WORKLOAD_ENVIRONMENT);
    expect(dockerfile.env).not.toHaveProperty('KEYTURN_TURN');
  });

  it('is what the launch policy of the image allows', () => {
    expect(dockerfile.labels['tee.launch_policy.allow_env_override']).toBe(ALLOWED_ENV.join(','));
    expect(dockerfile.labels['tee.launch_policy.allow_cmd_override'] ?? 'false').toBe('false');
  });

  it('is what the VM is launched with', () => {
    const config = exampleConfig('lab');
    const { metadata } = instanceResource(
      { name: 'turn-main-1', zone: 'us-central1-a', wallet: 'main', turn: 1n },
      config.law,
      config.operations,
    );
    const given = metadata.items.flatMap(({ key }) =>
      key.startsWith('tee-env-') ? [key.slice('tee-env-'.length)] : [],
    );
    expect(given).toEqual(ALLOWED_ENV);
  });
});
