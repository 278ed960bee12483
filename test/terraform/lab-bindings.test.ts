import { describe, expect, it } from 'vitest';
import { addressOfCommitment } from '#core/shares.ts';
import { VirtualClock } from '#local/frame/clock.ts';
import { callerNamed } from '#local/frame/iam.ts';
import { createWorld, type World } from '#local/frame/world.ts';
import { bindLab } from '#local/lab/bindings.ts';
import { labLaw } from '#local/lab/config.ts';
import { attested, user } from '#local/lab/people.ts';
import { readLabPlan } from '#local/lab/plan-file.ts';
import { planGrants } from '#local/lab/plan-grants.ts';
import { providerOf } from '#local/lab/pools.ts';
import { parseLaw } from '#schemas/config.ts';
import { splitOf } from '#test/support/law.ts';
import { DIGEST } from './tokens.ts';

const world = createWorld();

const lawFor = (of: World) => {
  const { commitments, shares } = splitOf(2, 2);
  const wallet = {
    name: 'treasury',
    address: addressOfCommitment(commitments[0] ?? ''),
    threshold: 2,
    commitments: [...commitments],
    holders: shares.map(({ index }) => ({ coSigner: ['alice', 'bob'][index - 1] ?? '', index })),
  };
  const url = 'http://127.0.0.1:1';
  const endpoints = { pubsub: { host: 'localhost', port: 1, ca: '' }, storage: url, kms: url, compute: url, sts: url };
  return parseLaw(JSON.parse(JSON.stringify(labLaw(of, wallet, '31337', endpoints)))).law;
};

const law = lawFor(world);

const ASKED = /^(buckets|topics|subscriptions|keys|services|serviceAccounts|repositories|projects)\//;

describe('the bindings that the local cloud runs under', () => {
  const own = createWorld({ project: world.project, clock: new VirtualClock(Date.UTC(2026, 0, 1)) });
  bindLab(own, law, DIGEST);

  it('are those of the plan of examples/lab, and no others', () => {
    const planned = planGrants(readLabPlan(), own, law, DIGEST);
    expect(own.iam.bindings.map(({ id: _, ...grant }) => grant)).toEqual(planned);
    const { grants, coSignerGrants } = readLabPlan();
    expect(planned).toHaveLength(grants.length + coSignerGrants.length * law.coSigners.length);
  });

  it('are each on a thing, for a member and with a role that local servers look up', () => {
    const asked = own.iam.bindings.filter(({ resource }) => ASKED.test(resource));
    expect(asked.filter(({ permissions }) => permissions === undefined || permissions.size === 0)).toEqual([]);
    expect(asked.flatMap(({ members }) => members).filter((member) => /[{} ]/.test(member))).toEqual([]);
    expect(own.iam.bindings.filter(({ condition }) => /\{(?!until)/.test(condition ?? ''))).toEqual([]);
    // Google's build, BigQuery, Secret Manager, the image repository and the network have no local server.
    const others = own.iam.bindings.filter(({ resource }) => !ASKED.test(resource)).map(({ resource }) => resource);
    expect([...new Set(others.map((resource) => resource.split(' ')[0]))].sort()).toEqual([
      'dataset',
      'home',
      'repository',
      'subnetwork',
      'table',
    ]);
  });

  it.each([
    ['a co-signer uploads under the own prefix', 'storage.objects.create', 'alice/shares/x', true],
    ['and not under another’s', 'storage.objects.create', 'bob/shares/x', false],
    ['nor deletes', 'storage.objects.delete', 'alice/shares/x', false],
  ])('%s', (_, permission, object, allowed) => {
    const bucket = 'lab-keys';
    const resource = {
      name: `projects/_/buckets/${bucket}/objects/${object}`,
      type: 'storage.googleapis.com/Object',
      service: 'storage.googleapis.com',
      policies: [`buckets/${bucket}`, `projects/${own.project.id}`],
    };
    expect(own.iam.allows(user('alice'), permission, resource)).toBe(allowed);
  });

  it('an acceptance is over when its time is up', () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const later = createWorld({ project: world.project, clock });
    bindLab(later, law, DIGEST);
    const key = law.coSigners[0]?.releaseKey ?? '';
    const resource = {
      name: key,
      type: 'cloudkms.googleapis.com/CryptoKey',
      service: 'cloudkms.googleapis.com',
      policies: [`keys/${key}`, `projects/${own.project.id}`],
    };
    const image = callerNamed('image', attested(later, 'alice', DIGEST));
    expect(later.iam.allows(image, 'cloudkms.cryptoKeyVersions.useToDecrypt', resource)).toBe(true);
    clock.advance(366 * 86_400_000);
    expect(later.iam.allows(image, 'cloudkms.cryptoKeyVersions.useToDecrypt', resource)).toBe(false);
  });

  it.each(['operator', 'alice', 'bob'])('the pool of %s asks for what the plan asks for', (who) => {
    const { issuer, allowedAudiences, attributeMapping, attributeCondition } = providerOf(world, who);
    const { provider } = readLabPlan();
    expect({ issuer, allowedAudiences, attributeMapping }).toEqual({
      issuer: provider.issuer,
      allowedAudiences: provider.allowedAudiences,
      attributeMapping: provider.attributeMapping,
    });
    expect(attributeCondition).toBe(
      provider.attributeCondition
        .replaceAll('{project number}', law.operator.projectNumber)
        .replaceAll('{workload account}', law.operator.workloadAccount),
    );
  });
});
